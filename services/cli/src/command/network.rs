//! The network as a whole: who is with whom.

use clap::Subcommand;
use exemplar_proto::network::v1 as pb;
use exemplar_proto::network::v1::network_view_service_client::NetworkViewServiceClient;
use exemplar_proto::network::v1::{DesignationKind, PairingHealth, PairingState};

use crate::error::Error;
use crate::output::note;
use crate::table::table;
use crate::{Context, names, words};

/// Commands about the whole network.
#[derive(Subcommand, Clone, Debug)]
pub enum NetworkCommand {
    /// Show who is with whom, how it goes, what each gave the other, and who has places left
    ///
    /// Example: `exemplar network show --region London`
    Show {
        /// Only pairings of which a side is in this region
        #[arg(long, default_value = "", hide_default_value = true)]
        region: String,
        /// Only pairings of which a side is in this country, like GB
        #[arg(long, default_value = "", hide_default_value = true)]
        country: String,
        /// Show those that have ended, too
        #[arg(long)]
        ended: bool,
    },
}

impl NetworkCommand {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let Self::Show { region, country, ended } = self;
        let message = pb::GetNetworkRequest { region, country, include_ended: ended };
        let send = async |channel, request| NetworkViewServiceClient::new(channel).get_network(request).await;
        let answer = context.client.call(message, send).await?;
        if answer.truncated {
            note("there are more pairings than these");
        }
        context.output.answer(&answer, human)
    }
}

fn human(answer: &pb::GetNetworkResponse) -> String {
    let edge = |edge: &pb::NetworkEdge| {
        let pairing = edge.pairing.clone().unwrap_or_default();
        [
            names::short(&pairing.exemplar).to_owned(),
            names::short(&pairing.partner).to_owned(),
            words::word::<PairingState>(pairing.state),
            words::word::<PairingHealth>(edge.health),
            given(edge.from_exemplar.as_ref()),
            given(edge.from_partner.as_ref()),
        ]
    };
    let edges = table(
        ["Exemplar", "Partner", "State", "Health", "Exemplar gave", "Partner gave"],
        answer.edges.iter().map(edge),
    );
    let node = |node: &pb::NetworkNode| {
        let named = node.designations.iter().map(|named| words::word::<DesignationKind>(named.kind));
        let left: i32 = node.designations.iter().map(|named| named.capacity - named.taken).sum();
        [
            names::short(&node.organisation).to_owned(),
            node.display_name.clone(),
            node.region.clone(),
            named.collect::<Vec<_>>().join(", "),
            left.to_string(),
        ]
    };
    let nodes = table(["Code", "Organisation", "Region", "Named", "Places left"], answer.nodes.iter().map(node));
    format!("{edges}\n\n{nodes}")
}

fn given(exchange: Option<&pb::Exchange>) -> String {
    let exchange = exchange.copied().unwrap_or_default();
    let parts = [
        (exchange.questions, "questions"),
        (exchange.visits, "visits"),
        (exchange.blueprints, "blueprints"),
        (exchange.adaptations, "adaptations"),
    ];
    let some = parts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
    some.collect::<Vec<_>>().join(", ")
}
