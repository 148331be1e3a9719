//! Counts: an employer's learners, and the national picture.

use std::collections::{BTreeMap, HashMap, HashSet};

use exemplar_directory::Organisation;
use exemplar_kernel::{NetworkRole, OrganisationId, Page, Paging, Principal, Role};

use super::Academy;
use crate::Error;
use crate::model::enrolment::EnrolmentState;
use crate::store::reports::{Counted, counted};

/// Counts below this and above 0 are not told to an employer: so few people could be recognised.
pub const SMALL_NUMBER: i32 = 5;

/// How many learners of an employer are in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateCount {
    /// The state.
    pub state: EnrolmentState,
    /// How many; none when they are too few to be told.
    pub count: Option<i32>,
}

/// How many were trained, by one thing or another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NationalPicture {
    /// Learners who completed, and those who learn now, in all.
    pub total: Trained,
    /// By the employer's region today.
    pub by_region: BTreeMap<String, Trained>,
    /// By its care settings; an employer with several counts in each.
    pub by_care_setting: BTreeMap<String, Trained>,
    /// By what it was named to be today.
    pub by_designation: BTreeMap<String, Trained>,
    /// Completions by year.
    pub by_year: BTreeMap<i32, i32>,
}

/// Those who completed and those who learn now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trained {
    /// Completed.
    pub completed: i32,
    /// Enrolled or paused.
    pub learning: i32,
}

impl Academy {
    /// How many of an organisation's people learn or have learnt, those of its predecessors included; small numbers are
    /// held back. Its leads may ask, and the academy and the programme.
    pub async fn employer_counts(
        &self,
        caller: &Principal,
        organisation: &OrganisationId,
    ) -> Result<Vec<StateCount>, Error> {
        let everywhere = caller.holds_network(NetworkRole::Academy) || caller.holds_network(NetworkRole::Programme);
        if !everywhere {
            caller.require(Role::Lead, organisation)?;
        }
        self.directory.organisation(organisation).await?;
        let all = counted(self.db.read(), None).await?;
        let current = self.current(all.iter().map(|counted| &counted.organisation)).await?;
        let is_theirs = |counted: &&Counted| {
            counted.organisation == *organisation
                || current.get(&counted.organisation).is_some_and(|now| now.contains(organisation))
        };
        let mut counts: BTreeMap<EnrolmentState, i32> = BTreeMap::new();
        for counted in all.iter().filter(is_theirs) {
            *counts.entry(counted.state).or_default() += 1;
        }
        let count = |state: &EnrolmentState| {
            let count = counts.get(state).copied().unwrap_or(0);
            StateCount { state: *state, count: Some(count).filter(|count| *count == 0 || *count >= SMALL_NUMBER) }
        };
        Ok(EnrolmentState::ALL.iter().map(count).collect())
    }

    /// How many were trained and are being trained, by region, setting, designation and year. The programme and the
    /// academy may ask.
    pub async fn national_picture(&self, caller: &Principal) -> Result<NationalPicture, Error> {
        let (all, current) = self.trained(caller).await?;
        let designated = self.links.designations.designated(self.today()).await?;
        let employers: HashSet<_> = current.values().flatten().cloned().collect();
        let employers: Vec<_> = employers.into_iter().collect();
        let known = self.directory.organisations_by_id(&employers).await?;
        let mut picture = NationalPicture::default();
        for counted in &all {
            let trained = Trained::of(counted.state);
            picture.total.add(trained);
            if let (1, Some(date)) = (trained.completed, counted.state_date) {
                *picture.by_year.entry(date.year()).or_default() += 1;
            }
            // After a split several carry an employer on; the first stands for it, so that nobody counts twice.
            let now = current.get(&counted.organisation).and_then(|now| now.first()).unwrap_or(&counted.organisation);
            let profile = known.get(now).map(|organisation| &organisation.profile);
            let region = profile.map(|profile| profile.region.clone()).unwrap_or_default();
            picture.by_region.entry(region).or_default().add(trained);
            for setting in profile.map(|profile| profile.care_settings.clone()).unwrap_or_default() {
                picture.by_care_setting.entry(setting).or_default().add(trained);
            }
            let named = designated.get(now).cloned().unwrap_or_default();
            picture.by_designation.entry(named).or_default().add(trained);
        }
        Ok(picture)
    }

    /// The open organisations of the country that nobody who completed works at, by code.
    pub async fn organisations_without(
        &self,
        caller: &Principal,
        paging: &Paging,
    ) -> Result<Page<Organisation>, Error> {
        let (all, current) = self.trained(caller).await?;
        let mut with: HashSet<&OrganisationId> = HashSet::new();
        for counted in all.iter().filter(|counted| counted.state == EnrolmentState::Completed) {
            with.insert(&counted.organisation);
            with.extend(current.get(&counted.organisation).into_iter().flatten());
        }
        let wanted = usize::try_from(paging.fetch()).unwrap_or(usize::MAX);
        let mut after = paging.after.first().cloned().unwrap_or_default();
        let mut rows: Vec<Organisation> = Vec::new();
        loop {
            let open = self.directory.open_organisations_after(&after, "GB").await?;
            let Some(last) = open.last() else { break };
            last.id.code().clone_into(&mut after);
            rows.extend(open.into_iter().filter(|organisation| !with.contains(&organisation.id)));
            if rows.len() >= wanted {
                break;
            }
        }
        rows.truncate(wanted);
        Ok(paging.page(rows, |last| vec![last.id.code().to_owned()]))
    }

    async fn trained(
        &self,
        caller: &Principal,
    ) -> Result<(Vec<Counted>, HashMap<OrganisationId, Vec<OrganisationId>>), Error> {
        let may = caller.holds_network(NetworkRole::Academy) || caller.holds_network(NetworkRole::Programme);
        caller.granted(may, NetworkRole::Programme.name())?;
        let mut all = counted(self.db.read(), None).await?;
        all.retain(|counted| Trained::of(counted.state) != Trained::default());
        let current = self.current(all.iter().map(|counted| &counted.organisation)).await?;
        Ok((all, current))
    }
}

impl Trained {
    fn of(state: EnrolmentState) -> Self {
        match state {
            EnrolmentState::Completed => Self { completed: 1, learning: 0 },
            EnrolmentState::Enrolled | EnrolmentState::Interrupted => Self { completed: 0, learning: 1 },
            EnrolmentState::Offered | EnrolmentState::Withdrawn | EnrolmentState::Transferred => Self::default(),
        }
    }

    fn add(&mut self, other: Self) {
        self.completed += other.completed;
        self.learning += other.learning;
    }
}
