//! Wanted topics: asked for, claimed, answered; and what is searched for, told to whoever answers for a subject.

use std::collections::BTreeMap;

use exemplar_directory::TermId;
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{
    Change, NetworkRole, Once, OrganisationId, Page, Paging, PersonId, Principal, Role, Tx, Violations, Written,
};
use serde_json::json;

use super::{Blueprints, terms};
use crate::Error;
use crate::model::adoption::{Adoption, StopReason};
use crate::model::demand::{Sought, SoughtWords, Subject, TopicId, TopicState, WORDS, WantedTopic, told};
use crate::model::follow::{Cadence, Follow, NewFollow, Watched};
use crate::model::{BlueprintId, Header, Visibility};
use crate::search::{Facet, Query, stems};
use crate::store;
use crate::store::demand as rows;
use crate::store::follows::{self, Found};

/// Searches that a report has at the most.
const MAX_REPORTED: u64 = 200;

/// A wanted topic, and whether the caller has asked for it.
pub type SeenTopic = (WantedTopic, bool);

impl Blueprints {
    /// Asks for guidance that nobody has written; with `tell`, its person is told of what answers it.
    ///
    /// # Errors
    /// [`Error::FollowLimit`].
    pub async fn ask_for_topic(
        &self,
        caller: &Principal,
        words: &str,
        tell: bool,
        key: Option<RequestKey>,
    ) -> Result<Written<SeenTopic>, Error> {
        let person = caller.signed_in()?;
        let Some(sought) = Sought::new(words, stems(words)) else {
            let mut violations = Violations::new();
            violations.add("words", "have to say what is wanted, in 2 to 100 characters");
            return Err(violations.refuse().into());
        };
        let reader = self.reader(caller).await?;
        let mut tx = match self.db.once("blueprints.topic.ask", caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        rows::want(&*tx, &sought, tx.now()).await?;
        let follow = if tell { Some(Self::told_of(&mut tx, person, &sought).await?) } else { None };
        rows::ask(&*tx, sought.topic, person, follow.as_ref().map(|follow| follow.id), tx.now()).await?;
        let topic = rows::find(&*tx, &reader, sought.topic).await?.ok_or(Error::TopicNotFound(sought.topic))?;
        tx.append(Change::new("blueprints.topic.ask", &topic.id).after(&json!({ "words": topic.words, "tell": tell })));
        Ok(tx.commit((topic, true)).await?)
    }

    /// The search that the caller follows to be told of what has the words, begun if it is none yet.
    async fn told_of(tx: &mut Tx, person: PersonId, sought: &Sought) -> Result<Follow, Error> {
        let watched = Watched::Search { query: sought.words.clone(), filter: String::new() };
        if let Some(there) = follows::find_watched(&**tx, person, &watched).await? {
            return Ok(there);
        }
        let (name, note) = (sought.words.clone(), "Asked for.".to_owned());
        Self::save_follow(tx, person, NewFollow { name, note, watched, cadence: Cadence::AtOnce }).await
    }

    /// One wanted topic.
    ///
    /// # Errors
    /// [`Error::TopicNotFound`].
    pub async fn wanted_topic(&self, caller: &Principal, id: TopicId) -> Result<SeenTopic, Error> {
        let person = caller.signed_in()?;
        let topic = rows::find(self.db.read(), &self.reader(caller).await?, id).await?;
        let topic = topic.ok_or(Error::TopicNotFound(id))?;
        let asked = rows::asked(self.db.read(), person, &[id]).await?;
        Ok((topic, !asked.is_empty()))
    }

    /// A page of the wanted topics, the most wanted first.
    pub async fn wanted_topics(
        &self,
        caller: &Principal,
        state: Option<TopicState>,
        paging: &Paging,
    ) -> Result<Page<SeenTopic>, Error> {
        let person = caller.signed_in()?;
        let topics = rows::list(self.db.read(), &self.reader(caller).await?, state, paging).await?;
        let ids: Vec<_> = topics.iter().map(|topic| topic.id).collect();
        let asked = rows::asked(self.db.read(), person, &ids).await?;
        let page = paging.page(topics, |last| {
            let weight = last.seekers + last.asks + last.stops;
            vec![weight.to_string(), last.id.uuid().to_string()]
        });
        Ok(page.map(|topic| {
            let asked = asked.contains(&topic.id);
            (topic, asked)
        }))
    }

    /// Says that an organisation will write about a topic.
    ///
    /// # Errors
    /// [`Error::TopicNotFound`], [`Error::TopicClaimed`].
    pub async fn claim_topic(
        &self,
        caller: &Principal,
        id: TopicId,
        organisation: OrganisationId,
        key: Option<RequestKey>,
    ) -> Result<Written<SeenTopic>, Error> {
        caller.require(Role::Lead, &organisation)?;
        self.change_topic(caller, id, "blueprints.topic.claim", key, async |tx, before| {
            if before.claimed_by.is_some() {
                return Err(Error::TopicClaimed);
            }
            let organisation = self.directory.open_organisation(&**tx, &organisation).await?;
            Ok((Some(organisation.id), None))
        })
        .await
    }

    /// Gives a claim back.
    ///
    /// # Errors
    /// [`Error::TopicNotFound`], [`Error::TopicNotClaimed`].
    pub async fn release_topic(
        &self,
        caller: &Principal,
        id: TopicId,
        key: Option<RequestKey>,
    ) -> Result<Written<SeenTopic>, Error> {
        self.change_topic(caller, id, "blueprints.topic.release", key, async |_, before| {
            let by = before.claimed_by.as_ref().ok_or(Error::TopicNotClaimed)?;
            if !caller.holds_network(NetworkRole::Programme) {
                caller.require(Role::Lead, by)?;
            }
            Ok((None, None))
        })
        .await
    }

    /// Names what answers a topic; whoever asked to be told is told.
    ///
    /// # Errors
    /// [`Error::TopicNotFound`], [`Error::TopicNotClaimed`], [`Error::NotFound`], [`Error::NotPublished`],
    /// [`Error::Withdrawn`].
    pub async fn answer_topic(
        &self,
        caller: &Principal,
        id: TopicId,
        blueprint: BlueprintId,
        key: Option<RequestKey>,
    ) -> Result<Written<SeenTopic>, Error> {
        self.change_topic(caller, id, "blueprints.topic.answer", key, async |tx, before| {
            let by = before.claimed_by.clone().ok_or(Error::TopicNotClaimed)?;
            caller.require(Role::Lead, &by)?;
            let header = self.known(caller, blueprint).await?;
            if header.withdrawn.is_some() {
                return Err(Error::Withdrawn(blueprint));
            }
            if header.latest_revision == 0 {
                return Err(Error::NotPublished(blueprint));
            }
            let waiting = rows::follows(&**tx, id).await?;
            for follow in follows::find_all(&**tx, &waiting).await? {
                let found = Found { follow: follow.id, blueprint, revision: header.latest_revision };
                follows::keep(&**tx, &follow, &[found], tx.now()).await?;
            }
            Ok((Some(by), Some(blueprint)))
        })
        .await
    }

    /// Locks a topic, asks who holds it after the change and what answers it, and writes that.
    async fn change_topic(
        &self,
        caller: &Principal,
        id: TopicId,
        verb: &'static str,
        key: Option<RequestKey>,
        change: impl AsyncFnOnce(&Tx, &WantedTopic) -> Result<(Option<OrganisationId>, Option<BlueprintId>), Error>,
    ) -> Result<Written<SeenTopic>, Error> {
        let person = caller.signed_in()?;
        let reader = self.reader(caller).await?;
        let mut tx = match self.db.once(verb, caller, key.as_ref()).await? {
            Once::Again(answer) => return Ok(answer),
            Once::First(tx) => tx,
        };
        let before = rows::lock(&*tx, &reader, id).await?.ok_or(Error::TopicNotFound(id))?;
        let (claimed_by, blueprint) = change(&tx, &before).await?;
        let since = before.claimed.filter(|_| claimed_by == before.claimed_by);
        let claimed = claimed_by.as_ref().map(|_| since.unwrap_or_else(|| tx.now()));
        let behalf = claimed_by.clone().or_else(|| before.claimed_by.clone());
        let after = WantedTopic { claimed_by, claimed, blueprint, version: before.version + 1, ..before.clone() };
        rows::update(&*tx, &after, tx.now()).await?;
        let asked = rows::asked(&*tx, person, &[id]).await?;
        let mut entry = Change::new(verb, &id).before(&held(&before)).after(&held(&after));
        if let Some(behalf) = &behalf {
            entry = entry.on_behalf(behalf);
        }
        tx.append(entry);
        Ok(tx.commit((after, !asked.is_empty())).await?)
    }

    /// What is searched, found, opened and not found about a subject.
    ///
    /// # Errors
    /// [`Error::TopicNotFound`].
    pub async fn search_report(&self, caller: &Principal, subject: &Subject) -> Result<Vec<SoughtWords>, Error> {
        let about = match subject {
            Subject::Topic(id) => {
                let (topic, _) = self.wanted_topic(caller, *id).await?;
                let owns = topic.claimed_by.as_ref().is_some_and(|by| caller.holds(Role::Lead, by));
                caller.granted(owns || caller.holds_network(NetworkRole::Programme), OWNERS)?;
                vec![topic.stems.split_whitespace().map(str::to_owned).collect()]
            }
            Subject::Term(id) => self.about_term(caller, id).await?,
        };
        Ok(rows::report(self.db.read(), &about, MAX_REPORTED).await?)
    }

    /// The words of a term, in every way it is written, for whoever has released something under it.
    async fn about_term(&self, caller: &Principal, id: &TermId) -> Result<Vec<Vec<String>>, Error> {
        caller.signed_in()?;
        let words = self.directory.vocabularies().await?;
        let Some((term, facet)) = words.get(id.vocabulary, &id.slug).zip(terms::facet(id.vocabulary)) else {
            let mut violations = Violations::new();
            violations.add("subject", "is no term that blueprints are found by");
            return Err(violations.refuse().into());
        };
        if !caller.holds_network(NetworkRole::Programme) {
            let led = caller.organisations().filter(|id| caller.holds(Role::Lead, id));
            let led: Vec<_> = led.map(|id| id.code().to_owned()).collect();
            let keys = words.wanted(id.vocabulary, &id.slug).unwrap_or_default();
            let choices = BTreeMap::from([(facet, keys), (Facet::Organisation, led.clone())]);
            let query =
                Query { audience: self.reader(caller).await?.audiences(), choices, limit: 1, ..Query::default() };
            let owns = !led.is_empty() && !self.ask(query).await?.hits.is_empty();
            caller.granted(owns, OWNERS)?;
        }
        Ok(term.spellings().map(stems).collect())
    }

    /// Counts an organisation that stopped adopting for want of guidance. What the network may not read is no topic.
    pub(super) async fn note_stop(tx: &Tx, after: &Adoption, header: &Header) -> Result<(), Error> {
        let why = after.steps.last().and_then(|step| step.stop);
        let of_all = matches!(header.visibility, Visibility::Public | Visibility::Network);
        if why != Some(StopReason::WantOfGuidance) || !of_all {
            return Ok(());
        }
        let stops = told(store::adoptions::stopped_for(&**tx, header.id, StopReason::WantOfGuidance).await?);
        let newest = store::read(&**tx, vec![(header.latest_revision, header.clone())], false).await?;
        let title = newest.first().map(|read| read.content.title.as_str()).unwrap_or_default();
        let title: String = title.chars().take(*WORDS.end()).collect();
        let sought = Sought::new(&title, stems(&title)).filter(|_| stops > 0);
        if let Some(sought) = sought {
            rows::want(&**tx, &sought, tx.now()).await?;
            rows::set_stops(&**tx, sought.topic, stops, header.id).await?;
        }
        Ok(())
    }
}

/// Who may read a report.
const OWNERS: &str = "LEAD of an organisation that writes about the subject, or PROGRAMME";

/// Who holds a topic and what answers it, as the journal says it.
fn held(topic: &WantedTopic) -> serde_json::Value {
    json!({ "words": topic.words, "organisation": topic.claimed_by, "blueprint": topic.blueprint })
}
