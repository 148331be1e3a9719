//! Following for people: what is released is matched with what they follow, kept until they are to be told, and told
//! through the journal, from which the inbox takes it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use exemplar_directory::Vocabularies;
use exemplar_kernel::journal::Entry;
use exemplar_kernel::tail::{self, Follower, Tail};
use exemplar_kernel::{Change, OrganisationId, PersonId, Principal, Sequence, Timestamp, Violations};
use serde_json::json;
use tokio::time::Instant;

use super::{Blueprints, terms};
use crate::Error;
use crate::model::follow::{Follow, FollowId, Watched};
use crate::model::{Blueprint, BlueprintId, Reader};
use crate::search::{Facet, HITS_MAX, Query};
use crate::store;
use crate::store::follows::{self as rows, Found};

/// The name under which this place in the journal is kept.
const CONSUMER: &str = "blueprints.follows";
/// What is matched.
const RELEASED: &str = "blueprints.blueprint.publish";
/// How long one look waits for the index.
const WAIT: Duration = Duration::from_secs(2);
/// Follows that are matched together.
const AT_ONCE: u64 = 500;
/// Follows whose people are told in one transaction.
const TOLD: u64 = 50;
/// Titles that a message names.
const TITLES: usize = 3;
/// Blueprints that the journal names of what was told.
const NAMED: usize = 20;

/// What was released: each blueprint with the last change that released it, and when.
type Released = BTreeMap<BlueprintId, (Sequence, Timestamp)>;

/// Whoever follows, with every owner whose blueprints for partners they may read.
struct Eyes {
    person: Principal,
    owners: Arc<BTreeSet<OrganisationId>>,
}

impl Eyes {
    fn reader(&self) -> Reader<'_> {
        Reader { caller: &self.person, owners: Arc::clone(&self.owners) }
    }
}

impl Follower for Blueprints {
    type Error = Error;

    async fn look(&mut self, tail: &mut Tail) -> Result<bool, Error> {
        while self.tell_due().await? {}
        let entries = tail.peek().await?;
        let Some(last) = entries.last().map(|entry| entry.sequence) else { return Ok(false) };
        let released = released(&entries);
        if released.is_empty() {
            tail.pass(&entries);
            return Ok(true);
        }
        // What the index does not have yet cannot be matched: it comes again.
        if self.search_is_degraded() || !self.index.reached(last, Instant::now() + WAIT).await {
            return Ok(false);
        }
        let matches = self.matches(&released).await?;
        let Some(mut batch) = tail.begin("blueprints.follow.match").await? else { return Ok(true) };
        batch.entries.retain(|entry| entry.sequence <= last);
        if batch.entries.is_empty() {
            return Ok(true);
        }
        // Another replica may have done the first of them meanwhile.
        let first = batch.entries.first().map_or(0, |entry| entry.sequence);
        for (follow, found) in matches {
            let found: Vec<_> = found.into_iter().filter(|one| released[&one.blueprint].0 >= first).collect();
            // Told by the day of the release, however late it is matched.
            if let Some(at) = found.iter().map(|one| released[&one.blueprint].1).min() {
                rows::keep(&*batch.tx, &follow, &found, at).await?;
            }
        }
        batch.commit().await?;
        while self.tell_due().await? {}
        Ok(true)
    }
}

impl Blueprints {
    /// Matches and tells until `stop` is ready. It stops between transactions, never inside one.
    pub async fn follow_for_people(self, stop: impl Future<Output = ()> + Send) {
        tail::follow(Tail::new(self.db.clone(), CONSUMER), self, stop).await;
    }

    /// Which follows find what of the released, with the eyes that their people have today.
    async fn matches(&self, released: &Released) -> Result<Vec<(Follow, Vec<Found>)>, Error> {
        let latest = released.values().map(|(at, _)| *at).max().unwrap_or(0);
        let words = self.directory.vocabularies().await?;
        let (mut matches, mut after) = (Vec::new(), None);
        loop {
            let follows = rows::saved_before(self.db.read(), latest, after, AT_ONCE).await?;
            let Some(last) = follows.last() else { return Ok(matches) };
            after = Some(last.id);
            let eyes = self.eyes(&follows).await?;
            let (this, words, released) = (self.clone(), words.clone(), released.clone());
            let found = tokio::task::spawn_blocking(move || this.found(&words, follows, &eyes, &released)).await;
            matches.extend(found.map_err(|error| exemplar_kernel::Error::Inconsistent(error.to_string()))??);
        }
    }

    /// Whoever follows, by the rights that they have now; those whose account has ended have none.
    async fn eyes(&self, follows: &[Follow]) -> Result<HashMap<PersonId, Eyes>, Error> {
        let mut people: Vec<_> = follows.iter().map(|follow| follow.person).collect();
        people.sort_unstable();
        people.dedup();
        // People of the same organisations have the same partners.
        let mut known: HashMap<Vec<OrganisationId>, Arc<BTreeSet<OrganisationId>>> = HashMap::new();
        let mut eyes = HashMap::new();
        for person in self.directory.principals(&people).await? {
            let Some(id) = person.person else { continue };
            let own: Vec<_> = person.organisations().cloned().collect();
            let owners = match known.get(&own) {
                Some(owners) => Arc::clone(owners),
                None => self.reader(&person).await?.owners,
            };
            known.insert(own, Arc::clone(&owners));
            eyes.insert(id, Eyes { person, owners });
        }
        Ok(eyes)
    }

    fn found(
        &self,
        words: &Vocabularies,
        follows: Vec<Follow>,
        eyes: &HashMap<PersonId, Eyes>,
        released: &Released,
    ) -> Result<Vec<(Follow, Vec<Found>)>, Error> {
        let mut matches = Vec::new();
        for follow in follows {
            let Some(person) = eyes.get(&follow.person) else { continue };
            let newer: Vec<_> =
                released.iter().filter(|(_, (at, _))| *at > follow.from).map(|(id, _)| id.uuid()).collect();
            let Some(query) = asked(words, &follow.watched) else { continue };
            let mut found = Vec::new();
            for among in newer.chunks(HITS_MAX) {
                let among = match &follow.watched {
                    Watched::Blueprint(id) if !among.contains(&id.uuid()) => continue,
                    Watched::Blueprint(id) => vec![id.uuid()],
                    Watched::Search { .. } | Watched::Organisation(_) | Watched::Topic(_) => among.to_vec(),
                };
                let (synonyms, audience) = (self.state.synonyms(), person.reader().audiences());
                let query = Query { synonyms, audience, among, limit: HITS_MAX, ..query.clone() };
                let answer = self.index.search(&query).map_err(|error| {
                    self.state.damaged(&error);
                    Error::SearchUnavailable(error)
                })?;
                let hits = answer.hits.into_iter();
                found.extend(hits.map(|hit| Found {
                    follow: follow.id,
                    blueprint: BlueprintId::new(hit.id),
                    revision: hit.revision,
                }));
            }
            if !found.is_empty() {
                matches.push((follow, found));
            }
        }
        Ok(matches)
    }

    /// Tells some of those who are to be told now; whether there were any.
    async fn tell_due(&self) -> Result<bool, Error> {
        if !rows::is_any_due(self.db.read(), self.db.clock().now()).await? {
            return Ok(false);
        }
        let mut tx = self.db.begin("blueprints.follow.tell", &Principal::system()).await?;
        let due = rows::lock_due(&*tx, tx.now(), TOLD).await?;
        let ids: Vec<_> = due.iter().map(|follow| follow.id).collect();
        let mut found: HashMap<FollowId, Vec<Found>> = HashMap::new();
        for one in rows::take_found(&*tx, &ids, tx.now()).await? {
            found.entry(one.follow).or_default().push(one);
        }
        let eyes = self.eyes(&due).await?;
        let mut blueprints: Vec<_> = found.values().flatten().map(|one| one.blueprint.uuid()).collect();
        blueprints.sort_unstable();
        blueprints.dedup();
        let headers = store::headers(&*tx, &blueprints).await?;
        let wanted = headers.into_iter().map(|header| (header.latest_revision, header)).collect();
        let newest = store::read(&*tx, wanted, false).await?;
        for follow in &due {
            let Some(person) = eyes.get(&follow.person) else { continue };
            let theirs = found.get(&follow.id).map(Vec::as_slice).unwrap_or_default();
            let shown: Vec<_> = newest
                .iter()
                .filter(|read| theirs.iter().any(|one| one.blueprint == read.header.id))
                .filter(|read| read.header.shows_revisions_to(&person.reader()))
                .collect();
            if !shown.is_empty() {
                tx.append(Change::new("blueprints.follow.tell", &follow.id).after(&told(follow, &shown)));
            }
        }
        if tx.is_silent() {
            tx.commit_housekeeping().await?;
        } else {
            tx.commit(()).await?;
        }
        Ok(!due.is_empty())
    }
}

/// What the journal says was told.
fn told(follow: &Follow, shown: &[&Blueprint]) -> serde_json::Value {
    let titles: Vec<_> = shown.iter().take(TITLES).map(|read| &read.content.title).collect();
    let names: Vec<_> = shown.iter().take(NAMED).map(|read| read.header.id.to_string()).collect();
    json!({
        "person": follow.person.to_string(),
        "name": follow.name,
        "count": shown.len(),
        "titles": titles,
        "blueprints": names,
    })
}

fn released(entries: &[Entry]) -> Released {
    let released = entries.iter().filter(|entry| entry.verb == RELEASED);
    released.filter_map(|entry| Some((BlueprintId::parse(&entry.resource).ok()?, (entry.sequence, entry.at)))).collect()
}

/// What a follow asks the index; none when what is followed is no longer understood.
fn asked(words: &Vocabularies, watched: &Watched) -> Option<Query> {
    match watched {
        Watched::Search { query, filter } => {
            let mut violations = Violations::new();
            let filter = terms::filter(words, &mut violations, filter);
            violations.is_empty().then(|| Query { text: query.clone(), filter, ..Query::default() })
        }
        Watched::Blueprint(_) => Some(Query::default()),
        Watched::Organisation(id) => {
            let choices = BTreeMap::from([(Facet::Organisation, vec![id.code().to_owned()])]);
            Some(Query { choices, ..Query::default() })
        }
        Watched::Topic(id) => {
            let facet = terms::facet(id.vocabulary)?;
            let keys = words.wanted(id.vocabulary, &id.slug).ok()?;
            Some(Query { choices: BTreeMap::from([(facet, keys)]), ..Query::default() })
        }
    }
}
