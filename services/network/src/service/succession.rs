//! Succession: whoever carries on an organisation has its sides, its places and its awards from that day.

use exemplar_kernel::{Change, OrganisationId, Timestamp, Tx};

use super::pairings::{free_place, save, write};
use crate::model::designation::MAX_SOURCE;
use crate::model::step::Party;
use crate::store::ledger::{self as book, Due};
use crate::store::{awards, designations, pairings, sides};
use crate::{Designation, DesignationId, DesignationKind, Error, Pairing, Side, Step};

/// Lets a successor take everything that its predecessor holds: sides of pairings, places, awards. What has ended keeps
/// its names and is found by the successor's, too.
pub(super) async fn succeed(tx: &mut Tx, due: &Due) -> Result<(), Error> {
    let Due { predecessor, successor, .. } = due;
    // Those of the successor, too, so that two pairings with the same third one are seen.
    let standing = pairings::lock_live_of(&**tx, &[predecessor, successor]).await?;
    let at = Timestamp::start_of(due.date);
    let carried = carry_designations(tx, due, true).await?;
    for before in &standing {
        let before = before.clone().at(tx.now());
        if before.state.is_ended() {
            continue;
        }
        let Some(side) = Side::of(predecessor, &before.terms.exemplar, &before.terms.partner) else { continue };
        carry(tx, due, &before, side, &standing).await?;
    }
    sides::hand_over(&**tx, predecessor, successor, at).await?;
    let awards = awards::hand_over(&**tx, predecessor, successor, at).await?;
    let moved: Vec<_> = awards.iter().map(ToString::to_string).collect();
    let summary = serde_json::json!({
        "predecessor": predecessor, "successor": successor, "date": due.date.to_string(), "source": due.source,
        "awards": moved, "designations": carried,
    });
    tx.append(Change::new("network.succession.follow", successor).on_behalf(successor).after(&summary));
    Ok(())
}

/// Lets the successor of an organisation have its side of a pairing.
async fn carry(tx: &mut Tx, due: &Due, before: &Pairing, side: Side, others: &[Pairing]) -> Result<Pairing, Error> {
    let after = before.clone().carried_on(side, &due.successor, due.date, tx.now());
    if after.state.is_ended() {
        save(tx, Step::Merge, Party::System, before, &after).await?;
        return Ok(after);
    }
    let mut live = others.iter().filter(|other| !(*other).clone().at(tx.now()).state.is_ended());
    let twin = live.find(|other| other.terms.sides() == after.terms.sides() && other.id != before.id);
    if let Some(twin) = twin {
        let reason = format!("carried on in {}: {} took over {}", twin.id, due.successor, due.predecessor);
        let at = Timestamp::start_of(due.date);
        let merged = before.clone().merged(reason, at, tx.now());
        save(tx, Step::Merge, Party::System, before, &merged).await?;
        return Ok(merged);
    }
    if before.state.takes_place() {
        free_place(tx, &before.terms).await?;
        hold_place(tx, &after).await?;
    }
    write(tx, &after).await?;
    let change = Change::new(Step::Succeed.verb(), &after.id).before(before).after(&after);
    tx.append(change.on_behalf(&due.successor));
    Ok(after)
}

/// A pairing that was recorded after a side of it had been carried on: the successor holds that side, too.
pub(super) async fn catch_up(tx: &mut Tx, mut pairing: Pairing) -> Result<Pairing, Error> {
    let mut side = Side::Exemplar;
    let mut looked = 0;
    while looked < 2 {
        let Some(due) = book::carried_on(&**tx, pairing.terms.side(side)).await? else {
            (side, looked) = (side.other(), looked + 1);
            continue;
        };
        looked = 0;
        if pairing.state.takes_place() {
            carry_designations(tx, &due, false).await?;
        }
        if !pairing.state.is_ended() {
            let pair = pairing.clone().carried_on(side, &due.successor, due.date, tx.now()).terms.sides();
            let twin = pairings::lock_live(&**tx, &pair).await?;
            pairing = carry(tx, &due, &pairing, side, twin.as_slice()).await?;
        }
        sides::hand_over(&**tx, &due.predecessor, &due.successor, Timestamp::start_of(due.date)).await?;
        if pairing.state.is_ended() {
            break;
        }
    }
    Ok(pairing)
}

/// Takes the place that a pairing held of the predecessor, of the designation that the successor has; of one that ended
/// where the predecessor's had ended, too.
async fn hold_place(tx: &Tx, carried: &Pairing) -> Result<(), Error> {
    let Some((side, kind)) = carried.terms.kind.takes_place_of() else { return Ok(()) };
    let organisation = carried.terms.side(side);
    let known = designations::lock_of(&**tx, organisation).await?;
    let held = newest(&known, organisation, kind);
    let held = held.ok_or_else(|| Error::NotDesignated { organisation: organisation.clone(), kind })?;
    held.has_room()?;
    Ok(designations::hold(&**tx, held.id, held.taken + 1).await.map_err(exemplar_kernel::Error::from)?)
}

/// The designation of a kind that goes on, else the one that ended last.
fn newest<'a>(
    known: &'a [Designation],
    organisation: &OrganisationId,
    kind: DesignationKind,
) -> Option<&'a Designation> {
    let own = known.iter().filter(|own| own.organisation == *organisation && own.kind == kind);
    own.max_by_key(|own| (own.end_date.is_none(), own.end_date))
}

/// Gives the successor the designations of its predecessor, with their places: one that it has grows by them, unless it
/// did so before. One that has ended goes over for the pairings that hold its places. The predecessor's stay as they
/// are, with no place taken in the end.
async fn carry_designations(tx: &Tx, due: &Due, grow: bool) -> Result<usize, Error> {
    // Both in the order of their codes, so that no two successions wait for each other.
    let mut both = [&due.predecessor, &due.successor];
    both.sort();
    let mut known: Vec<Designation> = Vec::new();
    for organisation in both {
        known.extend(designations::lock_of(&**tx, organisation).await?);
    }
    let mut carried = 0;
    let mine = known.iter().filter(|found| found.organisation == due.predecessor);
    for theirs in mine.filter(|found| found.end_date.is_none() || found.taken > 0) {
        carried += 1;
        let places = if theirs.end_date.is_none() { theirs.capacity } else { theirs.taken };
        let own = newest(&known, &due.successor, theirs.kind);
        let own = own.filter(|own| own.end_date.is_none() || theirs.end_date.is_some());
        match own {
            Some(own) if grow => designations::widen(&**tx, own.id, places).await?,
            Some(_) => {}
            None => {
                let source = format!("carried on from {}; {}", due.predecessor, theirs.source);
                let new = Designation {
                    id: DesignationId::new(tx.id()),
                    organisation: due.successor.clone(),
                    start_date: theirs.end_date.map_or(due.date, |_| theirs.start_date),
                    capacity: places,
                    taken: 0,
                    source: source.chars().take(MAX_SOURCE).collect(),
                    ..theirs.clone()
                };
                designations::insert(&**tx, &new).await?;
            }
        }
    }
    Ok(carried)
}
