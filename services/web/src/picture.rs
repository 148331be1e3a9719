//! Where organisations stand in the picture of the network, and the lines between them. Pure; whole numbers only.

use std::collections::BTreeMap;

use exemplar_proto::network::v1 as pb;

use crate::network::{health, place};
use crate::words;

/// The picture's width, in its own units.
const WIDTH: i32 = 960;
/// A row's height, and the space above the first.
const ROW: i32 = 26;
const TOP: i32 = 40;
/// Where the columns of exemplars and of their partners stand.
const LEFT: i32 = 330;
const RIGHT: i32 = 630;

/// The picture: exemplars on the left and their partners on the right, each by region, a line for each pairing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Picture {
    /// Its width.
    pub(crate) width: i32,
    /// Its height.
    pub(crate) height: i32,
    /// The organisations.
    pub(crate) dots: Vec<Dot>,
    /// The pairings.
    pub(crate) lines: Vec<Line>,
}

/// One organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dot {
    /// Where it is.
    pub(crate) x: i32,
    /// Where it is.
    pub(crate) y: i32,
    /// Where its name is.
    pub(crate) label_x: i32,
    /// How the name is aligned.
    pub(crate) anchor: &'static str,
    /// Its code.
    pub(crate) code: String,
    /// Its name and where it is.
    pub(crate) name: String,
    /// Its name cut to fit.
    pub(crate) label: String,
}

/// One pairing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    /// The path from one to the other.
    pub(crate) path: String,
    /// The colour, as the style sheet names it.
    pub(crate) colour: &'static str,
    /// What it says.
    pub(crate) title: String,
}

impl Picture {
    /// The picture of a network. Organisations without a pairing are in the tables only.
    pub(crate) fn of(view: &pb::GetNetworkResponse) -> Self {
        let nodes: BTreeMap<&str, &pb::NetworkNode> =
            view.nodes.iter().map(|node| (node.organisation.as_str(), node)).collect();
        let pairings = || view.edges.iter().filter_map(|edge| edge.pairing.as_ref());
        let sorted = |names: Vec<&str>| {
            let mut sorted: Vec<(String, String, String)> = names
                .into_iter()
                .filter_map(|name| nodes.get(name))
                .map(|node| (place(node), node.display_name.clone(), node.organisation.clone()))
                .collect();
            sorted.sort();
            sorted.dedup();
            sorted
        };
        let left = sorted(pairings().map(|pairing| pairing.exemplar.as_str()).collect());
        let right = sorted(pairings().map(|pairing| pairing.partner.as_str()).collect());
        let rows = i32::try_from(left.len().max(right.len())).unwrap_or(i32::MAX / ROW / 2);
        let (left_at, left_dots) = column(&left, LEFT, "end", rows);
        let (right_at, right_dots) = column(&right, RIGHT, "start", rows);
        let line = |edge: &pb::NetworkEdge| {
            let pairing = edge.pairing.as_ref()?;
            let (from, to) = (left_at.get(&pairing.exemplar)?, right_at.get(&pairing.partner)?);
            let (well, colour) = health(edge.health);
            let middle = i32::midpoint(LEFT, RIGHT);
            let title = format!(
                "{} with {}: {} {well}",
                words::last(&pairing.exemplar),
                words::last(&pairing.partner),
                words::word::<pb::PairingState>(pairing.state)
            );
            Some(Line { path: format!("M{LEFT} {from} C{middle} {from} {middle} {to} {RIGHT} {to}"), colour, title })
        };
        Self {
            width: WIDTH,
            height: TOP + rows * ROW,
            lines: view.edges.iter().filter_map(line).collect(),
            dots: left_dots.into_iter().chain(right_dots).collect(),
        }
    }
}

/// A column spread over the picture's height.
fn column(
    sorted: &[(String, String, String)],
    x: i32,
    anchor: &'static str,
    rows: i32,
) -> (BTreeMap<String, i32>, Vec<Dot>) {
    let count = i32::try_from(sorted.len()).unwrap_or(i32::MAX).max(1);
    let label_x = if anchor == "end" { x - 12 } else { x + 12 };
    let mut places = BTreeMap::new();
    let mut dots = Vec::with_capacity(sorted.len());
    for (i, (region, name, organisation)) in (0_i32..).zip(sorted) {
        let y = TOP + (2 * i + 1) * rows * ROW / (2 * count);
        places.insert(organisation.clone(), y);
        let short: String =
            name.replace(" NHS Foundation Trust", "").replace(" NHS Trust", "").chars().take(38).collect();
        dots.push(Dot {
            x,
            y,
            label_x,
            anchor,
            code: words::last(organisation).to_owned(),
            name: format!("{name}, {region}"),
            label: short,
        });
    }
    (places, dots)
}
