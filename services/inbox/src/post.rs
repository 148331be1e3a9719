//! The post: letters go to an SMTP server.

use std::fmt;
use std::time::Duration;

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use secrecy::{ExposeSecret as _, SecretString};

use crate::model::mail::Letter;

/// How long the server may take for each of its answers.
const PATIENCE: Duration = Duration::from_secs(30);

/// How letters are sent.
#[derive(Clone, Debug)]
pub struct PostSettings {
    /// The SMTP server, `smtp://HOST:PORT`, with `?tls=required` for STARTTLS, or `smtps://USER:PASSWORD@HOST`.
    pub smtp: SecretString,
    /// The sender, like `Exemplar <exemplar@trust.example>`.
    pub from: String,
    /// The service's own address, to which letters lead, without a slash at its end.
    pub site: String,
}

/// A way to send letters; cheap to clone.
#[derive(Clone)]
pub struct Post {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    site: String,
}

/// A letter that was not taken.
#[derive(Debug)]
pub(crate) struct Refused {
    /// Why.
    pub(crate) error: String,
    /// Whether it never will be.
    pub(crate) forever: bool,
}

impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Post").field("from", &self.from).field("site", &self.site).finish_non_exhaustive()
    }
}

impl Post {
    /// A post over these settings; it connects when there is something to send.
    ///
    /// # Errors
    /// When the server's address or the sender cannot be understood; says which, without its secrets.
    pub fn new(settings: &PostSettings) -> Result<Self, String> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(settings.smtp.expose_secret());
        let builder = builder.map_err(|_| "smtp is no address like smtp://HOST:PORT or smtps://USER:PASSWORD@HOST")?;
        let from = settings.from.parse().map_err(|_| "from is no sender like Exemplar <exemplar@trust.example>")?;
        Ok(Self { transport: builder.timeout(Some(PATIENCE)).build(), from, site: settings.site.clone() })
    }

    /// The service's own address, without a slash at its end.
    pub(crate) fn site(&self) -> &str {
        &self.site
    }

    pub(crate) async fn send(&self, letter: &Letter) -> Result<(), Refused> {
        let message = self.message(letter).map_err(|error| Refused { error, forever: true })?;
        let sent = self.transport.send(message).await.map(|_| ());
        sent.map_err(|error| Refused { forever: error.is_permanent(), error: error.to_string() })
    }

    fn message(&self, letter: &Letter) -> Result<Message, String> {
        let address: Address = letter.email.parse().map_err(|_| "the address is none".to_owned())?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(Some(letter.name.clone()), address))
            .subject(&letter.subject)
            .message_id(Some(format!("<{}@{}>", letter.id, self.from.email.domain())))
            .header(ListUnsubscribe(format!("<{}>", letter.unsubscribe)))
            .header(OneClick("List-Unsubscribe=One-Click".to_owned()))
            .header(Automatic("auto-generated".to_owned()))
            .header(ContentType::TEXT_PLAIN);
        message.body(letter.text.clone()).map_err(|error| error.to_string())
    }
}

/// A header that lettre does not know.
macro_rules! header {
    ($(#[$meta:meta])* $name:ident, $text:literal) => {
        $(#[$meta])*
        #[derive(Clone)]
        struct $name(String);

        impl Header for $name {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($text)
            }

            fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Ok(Self(text.to_owned()))
            }

            fn display(&self) -> HeaderValue {
                HeaderValue::new(Self::name(), self.0.clone())
            }
        }
    };
}

header!(
    /// Where to end letters of this kind (RFC 2369).
    ListUnsubscribe,
    "List-Unsubscribe"
);
header!(
    /// That a POST there is enough (RFC 8058).
    OneClick,
    "List-Unsubscribe-Post"
);
header!(
    /// That nobody wrote it, so that no out-of-office note answers (RFC 3834).
    Automatic,
    "Auto-Submitted"
);
