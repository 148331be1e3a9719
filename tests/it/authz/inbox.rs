//! Rows of the inbox.

use exemplar_proto::inbox::v1 as inbox;
use prost::Message as _;

use super::Row;

pub(super) fn rows() -> Vec<Row> {
    let unknown = || "items/01920000-0000-7000-8000-000000000000".to_owned();
    let choose = inbox::ChooseMailRequest {
        kind: "FOLLOW".to_owned(),
        cadence: inbox::MailCadence::Daily.into(),
        ..Default::default()
    };
    vec![
        ("inbox.v1.InboxService/GetMailChoices", inbox::GetMailChoicesRequest {}.encode_to_vec()),
        ("inbox.v1.InboxService/ChooseMail", choose.encode_to_vec()),
        ("inbox.v1.InboxService/ListItems", inbox::ListItemsRequest::default().encode_to_vec()),
        ("inbox.v1.InboxService/GetItem", inbox::GetItemRequest { name: unknown() }.encode_to_vec()),
        ("inbox.v1.InboxService/GetCounts", inbox::GetCountsRequest {}.encode_to_vec()),
        (
            "inbox.v1.InboxService/MarkRead",
            inbox::MarkReadRequest { names: vec![unknown()], ..Default::default() }.encode_to_vec(),
        ),
        (
            "inbox.v1.InboxService/MarkDone",
            inbox::MarkDoneRequest { names: vec![unknown()], ..Default::default() }.encode_to_vec(),
        ),
    ]
}
