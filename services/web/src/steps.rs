//! The verbs of a thing that goes from state to state, each an address that a form is sent to.

/// A handler for each verb: its request, what the form adds beside name, etag and id, the method that is called, and the
/// word for what was done. Where the form is at fault, or somebody was faster, the page is shown again by `$again`, with
/// what was typed and why.
macro_rules! steps {
    ($client:ident of $collection:literal else $again:ident; $(
        $(#[$comment:meta])*
        $handler:ident: $request:ident { $($field:ident: $from:literal)? } $method:ident $done:literal;
    )+) => {
        $(
            $(#[$comment])*
            pub(crate) async fn $handler(
                visit: $crate::visit::Visit,
                axum::extract::Path(id): axum::extract::Path<String>,
                $crate::visit::Form(typed): $crate::visit::Form,
            ) -> $crate::fault::Answer {
                visit.signed_in()?;
                let request = pb::$request {
                    name: format!(concat!($collection, "/{}"), id),
                    etag: typed.text("etag").to_owned(),
                    request_id: typed.text("form").to_owned(),
                    $($field: typed.text($from).replace("\r\n", "\n"),)?
                };
                match visit.api.$client().$method(request).await.map_err($crate::fault::Fault::from) {
                    Ok(_) => {
                        let address = format!(concat!("/", $collection, "/{}?done=", $done), id);
                        Ok($crate::session::see_other(&address))
                    }
                    Err(fault) if fault.is_of_form() => {
                        let again = $again(&visit, &id, &typed, fault.lines()).await?;
                        Ok(axum::response::IntoResponse::into_response((fault.code, $crate::frame::page(&again))))
                    }
                    Err(fault) => Err(fault),
                }
            }
        )+
    };
}

pub(crate) use steps;
