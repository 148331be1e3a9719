//! The one port: gRPC-Web, health, reflection, pages, deadlines, half-sent requests, a graceful end.

use std::time::Duration;

use exemplar_kernel::Role;
use exemplar_proto::blueprints::v1 as blueprints;
use exemplar_proto::directory::v1 as pb;
use exemplar_tests::{Database, World, refusal};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.on(Database::Sqlite, "wire::grpc_web_answers_named_origins", grpc_web_answers_named_origins);
    suite.on(Database::Sqlite, "wire::health_and_reflection", health_and_reflection);
    suite.on(Database::Sqlite, "wire::pages_carry_their_headers", pages_carry_their_headers);
    suite.on(Database::Sqlite, "wire::deadlines_hold", deadlines_hold);
    suite.on(Database::Sqlite, "wire::half_sent_requests_are_cut", half_sent_requests_are_cut);
    suite.on(Database::Sqlite, "wire::too_many_calls_are_refused", too_many_calls_are_refused);
    suite.on(Database::Sqlite, "wire::a_client_that_leaves_drops_nothing", a_client_that_leaves_drops_nothing);
    suite.on(Database::Sqlite, "wire::request_ids_come_back", request_ids_come_back);
    suite.on(Database::Sqlite, "wire::one_process_per_folder", one_process_per_folder);
}

/// Sends bytes and reads until the server has nothing more to say.
async fn exchange(world: &World, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(world.address.trim_start_matches("http://")).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn framed(message: &impl prost::Message) -> Vec<u8> {
    let body = message.encode_to_vec();
    let mut frame = vec![0];
    frame.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
    frame.extend(body);
    frame
}

async fn grpc_web_answers_named_origins(database: Database) {
    let world = World::with(database, |config| config.server.cors_origins.push("https://ours.example".into())).await;
    world.organisations(&["RGT"]).await;
    let body = framed(&pb::GetOrganisationRequest { name: "organisations/RGT".to_owned() });
    let call = |origin: &str| {
        let mut request = format!(
            "POST /exemplar.directory.v1.OrganisationService/GetOrganisation HTTP/1.1\r\nHost: x\r\nOrigin: {origin}\r\n\
             Content-Type: application/grpc-web+proto\r\nX-Grpc-Web: 1\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        )
        .into_bytes();
        request.extend(&body);
        request
    };
    let answer = exchange(&world, &call("https://ours.example")).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("access-control-allow-origin: https://ours.example"), "{answer}");
    assert!(answer.contains("Trust RGT") && answer.contains("grpc-status:0"), "{answer}");
    let answer = exchange(&world, &call("https://theirs.example")).await;
    assert!(!answer.contains("access-control-allow-origin"), "{answer}");
    let preflight = "OPTIONS /exemplar.directory.v1.OrganisationService/GetOrganisation HTTP/1.1\r\nHost: x\r\n\
        Origin: https://ours.example\r\nAccess-Control-Request-Method: POST\r\n\
        Access-Control-Request-Headers: content-type,x-grpc-web,authorization\r\nConnection: close\r\n\r\n";
    let answer = exchange(&world, preflight.as_bytes()).await;
    assert!(answer.contains("access-control-allow-methods: POST"), "{answer}");
    assert!(answer.contains("access-control-allow-headers: content-type,x-grpc-web,authorization"), "{answer}");
}

async fn health_and_reflection(database: Database) {
    use tonic_health::pb::health_check_response::ServingStatus;
    use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
    use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
    let world = World::new(database).await;
    let line = world.anonymous().await.line();
    let mut health = tonic_health::pb::health_client::HealthClient::new(line.clone());
    let request = tonic_health::pb::HealthCheckRequest { service: String::new() };
    assert_eq!(health.check(request).await.unwrap().into_inner().status(), ServingStatus::Serving);
    let list = async |line| {
        let mut reflection = tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient::new(line);
        let request = tonic_reflection::pb::v1::ServerReflectionRequest {
            host: String::new(),
            message_request: Some(MessageRequest::ListServices(String::new())),
        };
        let mut answers = reflection.server_reflection_info(tokio_stream::once(request)).await?.into_inner();
        match answers.message().await?.and_then(|answer| answer.message_response) {
            Some(MessageResponse::ListServicesResponse(list)) => Ok(list.service.into_iter().map(|s| s.name).collect()),
            _ => Ok::<Vec<String>, tonic::Status>(Vec::new()),
        }
    };
    let services = list(line).await.unwrap();
    for service in
        ["exemplar.directory.v1.OrganisationService", "exemplar.academy.v1.RecordService", "grpc.health.v1.Health"]
    {
        assert!(services.iter().any(|name| name == service), "{services:?}");
    }
    let silent = World::with(database, |config| config.server.reflection = false).await;
    let refused = list(silent.anonymous().await.line()).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::Unimplemented);
}

async fn pages_carry_their_headers(database: Database) {
    let world = World::new(database).await;
    let get = async |path: &str| {
        exchange(&world, format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes()).await
    };
    for (path, status, content) in [
        ("/", "200", "Find guidance that fits us"),
        ("/status", "200", "Everything works."),
        ("/assets/favicon.svg", "200", "<svg"),
        ("/healthz", "200", "ok"),
        ("/readyz", "200", "ready"),
        ("/nowhere", "404", "Page not found"),
        ("/%3Cscript%3E", "404", "Page not found"),
    ] {
        let answer = get(path).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{path}: {answer}");
        assert!(answer.contains(content), "{path}: {answer}");
        for header in [
            "content-security-policy: default-src 'none'; style-src 'self'",
            "x-content-type-options: nosniff",
            "x-frame-options: DENY",
            "referrer-policy: same-origin",
            "x-request-id: ",
        ] {
            assert!(answer.contains(header), "{path} lacks {header}: {answer}");
        }
    }
    let answer = exchange(
        &world,
        b"POST / HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 405") && answer.contains("content-security-policy"), "{answer}");
    let answer =
        exchange(&world, b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 401") && answer.contains("content-security-policy"), "{answer}");
}

async fn deadlines_hold(database: Database) {
    let world = World::new(database).await;
    let anyone = world.anonymous().await;
    // The journal has one entry less than this search wants to see, and will for ever.
    let request = blueprints::SearchRequest { min_sequence: 1_000, ..Default::default() };
    let refused = anyone.searches().search(request).await.unwrap_err();
    assert_eq!(
        refusal(&refused),
        "InvalidArgument INVALID_REQUEST\n  min_sequence: is beyond the journal, which ends at 0"
    );
    // Asked for by hand, because the generated client would give up by itself.
    let body = framed(&pb::ListOrganisationsRequest::default());
    let mut request = format!(
        "POST /exemplar.directory.v1.OrganisationService/ListOrganisations HTTP/1.1\r\nHost: x\r\nGrpc-Timeout: 1n\r\n\
         Content-Type: application/grpc-web+proto\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend(body);
    let answer = exchange(&world, &request).await;
    assert!(answer.contains("grpc-status: 4"), "{answer}");
}

async fn half_sent_requests_are_cut(database: Database) {
    let world = World::with(database, |config| config.server.call_seconds = 1).await;
    let answer = exchange(&world, b"POST /x.y.v1.Z/Q HTTP/1.1\r\nHost: x\r\nContent-Type: application/grpc-web+proto\r\nContent-Length: 50\r\nConnection: close\r\n\r\nhalf").await;
    assert!(answer.is_empty() || answer.contains("HTTP/1.1"), "{answer}");
    let body = framed(&pb::GetOrganisationRequest { name: "organisations/RGT".to_owned() });
    let mut half = b"POST /exemplar.directory.v1.OrganisationService/GetOrganisation HTTP/1.1\r\nHost: x\r\n\
        Content-Type: application/grpc-web+proto\r\nContent-Length: 500\r\nConnection: close\r\n\r\n"
        .to_vec();
    half.extend(&body[..body.len() - 3]);
    let answer = exchange(&world, &half).await;
    assert!(answer.contains("grpc-status: 4") || answer.contains("grpc-status:4"), "{answer}");
    // Headers that never end are cut by the header time-out, without an answer to wait for.
    let mut stream = TcpStream::connect(world.address.trim_start_matches("http://")).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow:").await.unwrap();
    let mut rest = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(15), stream.read_to_end(&mut rest)).await.expect("it is cut");
    // The first bytes of HTTP/2, and then silence.
    let mut stream = TcpStream::connect(world.address.trim_start_matches("http://")).await.unwrap();
    stream.write_all(b"PRI * HT").await.unwrap();
    let _ = tokio::time::timeout(Duration::from_secs(15), stream.read_to_end(&mut rest)).await.expect("it is cut");
}

async fn too_many_calls_are_refused(database: Database) {
    let world = World::with(database, |config| config.server.max_calls = 1).await;
    // A call that holds its place: half a request.
    let hold = async || {
        let mut holder = TcpStream::connect(world.address.trim_start_matches("http://")).await.unwrap();
        holder
            .write_all(
                b"POST /exemplar.directory.v1.OrganisationService/ListOrganisations HTTP/1.1\r\nHost: x\r\n\
                  Content-Type: application/grpc-web+proto\r\nContent-Length: 500\r\n\r\n\0",
            )
            .await
            .unwrap();
        holder
    };
    let anyone = world.anonymous().await;
    let mut holder = hold().await;
    let refused = loop {
        match anyone.organisations().list_organisations(pb::ListOrganisationsRequest::default()).await {
            // The place was not taken yet, or the one to hold it met this very call and was refused.
            Ok(_) => holder = hold().await,
            Err(status) => break status,
        }
    };
    assert_eq!(refusal(&refused), "ResourceExhausted OVERLOADED");
    drop(holder);
    while anyone.organisations().list_organisations(pb::ListOrganisationsRequest::default()).await.is_err() {
        tokio::task::yield_now().await;
    }
}

async fn a_client_that_leaves_drops_nothing(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let programme = world.programme().await;
    let storm: Vec<_> = (0..200)
        .map(|i| {
            let programme = programme.clone();
            tokio::spawn(async move {
                let create = pb::CreateOrganisationRequest {
                    organisation_id: format!("US-STORM{i}"),
                    organisation: Some(pb::Organisation { display_name: format!("Storm {i}"), ..Default::default() }),
                    ..Default::default()
                };
                let mut client = programme.organisations();
                let call = client.create_organisation(create);
                // Some leave before they could be heard, some in the midst of it, some stay.
                tokio::time::timeout(Duration::from_micros(i * 40), call).await.is_ok_and(|answer| answer.is_ok())
            })
        })
        .collect();
    let mut stayed = 0;
    for call in storm {
        stayed += usize::from(call.await.unwrap());
    }
    // Whatever was begun is whole, and the one writer connection is as good as new.
    let lead = world.at("RGT", Role::Lead).await;
    lead.sessions().sign_out(pb::SignOutRequest {}).await.unwrap();
    let request = pb::ListOrganisationsRequest { page_size: 200, filter: "country = US".into(), ..Default::default() };
    let there = world.anonymous().await.organisations().list_organisations(request).await.unwrap().into_inner();
    assert!(there.organisations.len() >= stayed, "{} of {stayed}", there.organisations.len());
    let verdict = exemplar_kernel::journal::verify(world.services.db.read(), |_| ()).await.unwrap();
    assert!(matches!(verdict, exemplar_kernel::journal::Verdict::Whole { .. }), "{verdict:?}");
}

async fn request_ids_come_back(database: Database) {
    let world = World::new(database).await;
    let anyone = world.anonymous().await;
    for (sent, kept) in [("my-id-1", true), ("bad id!", false), ("", false)] {
        let mut request = tonic::Request::new(pb::ListOrganisationsRequest::default());
        request.metadata_mut().insert("x-request-id", sent.parse().unwrap());
        let answer = anyone.organisations().list_organisations(request).await.unwrap();
        let id = answer.metadata().get("x-request-id").unwrap().to_str().unwrap();
        assert_eq!(id == sent, kept, "{sent:?} {id:?}");
        assert!(kept || id.len() == 24, "{id:?}");
    }
}

async fn one_process_per_folder(database: Database) {
    let world = World::new(database).await;
    let second = exemplar_server::App::build(
        world.config.clone(),
        exemplar_kernel::Clock::System,
        exemplar_kernel::Chance::System,
    );
    let error = second.await.err().expect("two servers in one folder").to_string();
    assert!(error.starts_with("another exemplar is using the data folder"), "{error}");
}
