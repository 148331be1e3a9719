//! Tokens that somebody made up: none is accepted, and all are refused with the same words.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use exemplar_kernel::Role;
use exemplar_proto::directory::v1 as pb;
use exemplar_tests::{Actor, Database, World, refusal};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::suite::Suite;

pub(crate) fn tests(suite: &mut Suite) {
    suite.on(Database::Sqlite, "tokens::no_forgery_is_accepted", no_forgery_is_accepted);
    suite.on(Database::Sqlite, "tokens::other_authorisations_are_refused", other_authorisations_are_refused);
}

/// The server's own key: what a thief of everything but the secret could not have, to show that claims alone are
/// checked, too.
fn own_key(world: &World) -> EncodingKey {
    let file = world.config.keys_folder().join("1.pem");
    EncodingKey::from_ed_pem(&std::fs::read(file).unwrap()).unwrap()
}

fn part(token: &str, which: usize) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(which).unwrap()).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// Signs any header and claims with the server's own key, whatever a library would allow.
fn sign(world: &World, header: &Value, claims: &Value) -> String {
    let message = format!("{}.{}", encode(header), encode(claims));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &own_key(world), Algorithm::EdDSA).unwrap();
    format!("{message}.{signature}")
}

async fn no_forgery_is_accepted(database: Database) {
    let world = World::new(database).await;
    world.organisations(&["RGT"]).await;
    let person = world.at("RGT", Role::Member).await;
    let token = person.tokens.clone().unwrap().access_token;
    let (header, claims) = (part(&token, 0), part(&token, 1));
    let changed = |base: &Value, changes: Value| {
        let mut base = base.clone();
        for (key, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => drop(base.as_object_mut().unwrap().remove(key)),
                value => base[key] = value.clone(),
            }
        }
        base
    };
    let ours = |changes| sign(&world, &header, &changed(&claims, changes));
    let with_header = |changes| sign(&world, &changed(&header, changes), &claims);
    let signature = token.rsplit('.').next().unwrap();
    let unsigned = |header: Value| format!("{}.{}.", encode(&header), encode(&claims));
    let hmac = {
        let mut header: Header = serde_json::from_value(header.clone()).unwrap();
        header.alg = Algorithm::HS256;
        jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(b"exemplar")).unwrap()
    };
    let stranger = {
        let folder = tempfile::tempdir().unwrap();
        exemplar_directory::SigningKeys::open(folder.path(), "exemplar", "exemplar").unwrap();
        let key = EncodingKey::from_ed_pem(&std::fs::read(folder.path().join("1.pem")).unwrap()).unwrap();
        let header: Header = serde_json::from_value(header.clone()).unwrap();
        jsonwebtoken::encode(&header, &claims, &key).unwrap()
    };
    let now = world.clock.now().seconds();
    let forgeries = [
        ("alg none", unsigned(json!({"alg": "none", "typ": "at+jwt", "kid": header["kid"]}))),
        ("alg None", unsigned(json!({"alg": "None", "typ": "at+jwt", "kid": header["kid"]}))),
        ("alg none with a signature", format!("{}{signature}", unsigned(json!({"alg": "none", "typ": "at+jwt"})))),
        ("no signature", unsigned(header.clone())),
        ("no alg", unsigned(json!({"typ": "at+jwt", "kid": header["kid"]}))),
        ("HMAC", hmac),
        ("another key under our kid", stranger),
        (
            "signature of other claims",
            format!("{}.{}.{signature}", encode(&header), encode(&changed(&claims, json!({"sub": "people/x"})))),
        ),
        ("signature cut", token[..token.len() - 4].to_owned()),
        ("signature changed", format!("{}AAAA", &token[..token.len() - 4])),
        ("kid unknown", with_header(json!({"kid": "0000000000000000"}))),
        ("kid absent", with_header(json!({"kid": null}))),
        ("kid empty", with_header(json!({"kid": ""}))),
        ("kid a path", with_header(json!({"kid": "../../keys/1.pem"}))),
        ("kid SQL", with_header(json!({"kid": "' OR 1=1 --"}))),
        ("kid a number", with_header(json!({"kid": 1}))),
        ("typ absent", with_header(json!({"typ": null}))),
        ("typ JWT", with_header(json!({"typ": "JWT"}))),
        ("typ of an invitation", with_header(json!({"typ": "invitation+jwt"}))),
        ("crit", with_header(json!({"crit": ["exp"]}))),
        ("crit empty", with_header(json!({"crit": []}))),
        ("alg of another family", with_header(json!({"alg": "ES256"}))),
        ("own key in the header", with_header(json!({"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AA"}, "kid": "x"}))),
        ("iss absent", ours(json!({"iss": null}))),
        ("iss foreign", ours(json!({"iss": "https://elsewhere.example"}))),
        ("iss a list", ours(json!({"iss": ["exemplar"]}))),
        ("aud absent", ours(json!({"aud": null}))),
        ("aud foreign", ours(json!({"aud": "another service"}))),
        ("aud a number", ours(json!({"aud": 1}))),
        ("aud empty", ours(json!({"aud": []}))),
        ("sub absent", ours(json!({"sub": null}))),
        ("sub malformed", ours(json!({"sub": "people/1"}))),
        ("sub a number", ours(json!({"sub": 1}))),
        ("sub somebody else", ours(json!({"sub": "people/00000000-0000-7000-8000-000000000000"}))),
        ("exp absent", ours(json!({"exp": null}))),
        ("exp past", ours(json!({"exp": now - 1}))),
        ("exp now", ours(json!({"exp": now}))),
        ("exp a text", ours(json!({"exp": "2099-01-01"}))),
        ("exp a fraction", ours(json!({"exp": 1e300}))),
        ("exp negative", ours(json!({"exp": -1}))),
        ("exp true", ours(json!({"exp": true}))),
        ("nbf in the future", ours(json!({"nbf": now + 60}))),
        ("nbf a text", ours(json!({"nbf": "soon"}))),
        ("sid absent", ours(json!({"sid": null}))),
        ("sid unknown", ours(json!({"sid": "sessions/00000000-0000-7000-8000-000000000000"}))),
        ("sid malformed", ours(json!({"sid": "1"}))),
        ("claims no object", format!("{}.{}.{signature}", encode(&header), encode(&json!([])))),
        ("two parts", token.rsplit_once('.').unwrap().0.to_owned()),
        ("four parts", format!("{token}.x")),
        ("no parts", "rubbish".to_owned()),
        ("dots", "..".to_owned()),
        ("too long", format!("{token}{}", "A".repeat(9000))),
        ("refresh token", person.tokens.clone().unwrap().refresh_token),
    ];
    for (name, forgery) in forgeries {
        let answer = person.with_token(&forgery).sessions().who_am_i(pb::WhoAmIRequest {}).await;
        match answer {
            Ok(_) => panic!("{name} was accepted"),
            Err(status) => assert_eq!(refusal(&status), "Unauthenticated TOKEN_INVALID", "{name}"),
        }
        // What is open to anyone is not open to a liar.
        let answer = person
            .with_token(&forgery)
            .organisations()
            .list_organisations(pb::ListOrganisationsRequest::default())
            .await;
        assert!(answer.is_err(), "{name}");
    }
    person.sessions().who_am_i(pb::WhoAmIRequest {}).await.expect("the real one still is");
    let remade = sign(&world, &header, &claims);
    person
        .with_token(&remade)
        .sessions()
        .who_am_i(pb::WhoAmIRequest {})
        .await
        .expect("and so is one of the same words");
}

async fn other_authorisations_are_refused(database: Database) {
    let world = World::new(database).await;
    let anyone = Actor::new(&world.address, None).await;
    for authorization in ["Basic dXNlcjpwYXNz", "Bearer", "bearer", "Token x", ""] {
        let mut request = tonic::Request::new(pb::ListOrganisationsRequest::default());
        request.metadata_mut().insert("authorization", authorization.parse().unwrap());
        let refused = anyone.organisations().list_organisations(request).await.unwrap_err();
        assert_eq!(refusal(&refused), "Unauthenticated TOKEN_INVALID", "{authorization:?}");
    }
}
