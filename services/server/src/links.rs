//! What one context asks of another, which only the server may bring together.

use std::collections::{BTreeSet, HashMap};

use exemplar_academy::{Answer, Designations, Error, ProjectDraft, Works};
use exemplar_blueprints::{AdoptionId, Blueprints, Content, Create, Kind, Level, Partners, SectionKind, Visibility};
use exemplar_kernel::replay::RequestKey;
use exemplar_kernel::{Fault as _, OrganisationId, Paging, Principal, Violations, Written};
use exemplar_network::{Network, WantedDesignations};
use time::Date;

/// The academy's view of the network: who was named what.
#[derive(Clone, Debug)]
pub(crate) struct Named(pub(crate) Network);

impl Designations for Named {
    fn designated(&self, day: Date) -> Answer<'_, HashMap<OrganisationId, String>> {
        Box::pin(async move {
            let mut named = HashMap::new();
            let mut token = String::new();
            loop {
                let paging = Paging::parse(&mut Violations::new(), 200, &token, &["designated"]);
                let found = self.0.designations(&WantedDesignations::default(), &paging).await;
                let page = found.map_err(|error| inconsistent("designations", &error))?;
                for designation in page.items.into_iter().filter(|named| named.holds_on(day)) {
                    let words = designation.kind.name().to_lowercase().replace('_', " ");
                    // Newest first: what an organisation was named last is what it is.
                    named.entry(designation.organisation).or_insert(words);
                }
                if page.next.is_empty() {
                    return Ok(named);
                }
                token = page.next;
            }
        })
    }
}

/// The academy's view of the blueprints: what a learner's project is there.
#[derive(Clone)]
pub(crate) struct Worked(pub(crate) Blueprints);

impl std::fmt::Debug for Worked {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Worked").finish_non_exhaustive()
    }
}

impl Works for Worked {
    fn adopter<'a>(&'a self, caller: &'a Principal, adoption: &'a str) -> Answer<'a, Option<OrganisationId>> {
        Box::pin(async move {
            let Ok(id) = AdoptionId::parse(adoption) else { return Ok(None) };
            match self.0.adoption(caller, id).await {
                Ok(seen) => Ok(Some(seen.adoption.organisation)),
                Err(error) if error.reason() == "ADOPTION_NOT_FOUND" => Ok(None),
                Err(error) => Err(academys(error)),
            }
        })
    }

    fn draft<'a>(
        &'a self,
        caller: &'a Principal,
        draft: ProjectDraft,
        key: Option<RequestKey>,
    ) -> Answer<'a, Written<String>> {
        Box::pin(async move {
            let create = drafted(draft);
            let made = self.0.create(caller, create, key).await.map_err(academys)?;
            Ok(made.map(|draft| draft.header.id.to_string()))
        })
    }
}

/// What a project says, as the draft of a blueprint that its organisation alone reads.
fn drafted(draft: ProjectDraft) -> Create {
    let ProjectDraft { organisation, project } = draft;
    let aim = |aim: exemplar_academy::Aim| {
        let measure = if aim.measure.is_empty() { String::new() } else { format!(": {}", aim.measure) };
        let numbers = match (aim.baseline.as_str(), aim.target.as_str()) {
            ("", "") => String::new(),
            (baseline, "") => format!(", from {baseline}"),
            ("", target) => format!(", to {target}"),
            (baseline, target) => format!(", from {baseline} to {target}"),
        };
        format!("- {}{measure}{numbers}", aim.aim)
    };
    let aims = project.aims.into_iter().map(aim).collect::<Vec<_>>().join("\n");
    let sections = [(SectionKind::Approach, project.body), (SectionKind::Benefits, aims)];
    let content = Content {
        title: project.title,
        level: Some(Level::OnAPage),
        kind: Some(Kind::Success),
        sections: sections.into_iter().filter(|(_, text)| !text.is_empty()).collect(),
        ..Content::default()
    };
    Create { organisation, visibility: Visibility::Organisation, content }
}

/// What the blueprints refuse, as the academy says it.
fn academys(error: exemplar_blueprints::Error) -> Error {
    if let exemplar_blueprints::Error::Kernel(error) = error {
        error.into()
    } else if let exemplar_blueprints::Error::Directory(error) = error {
        error.into()
    } else {
        inconsistent("blueprints", &error)
    }
}

fn inconsistent(of: &str, error: &impl std::fmt::Display) -> Error {
    exemplar_kernel::Error::Inconsistent(format!("{of}: {error}")).into()
}

/// The blueprints' view of the network: who is paired with whom.
#[derive(Clone, Debug)]
pub(crate) struct Paired(pub(crate) Network);

#[tonic::async_trait]
impl Partners for Paired {
    async fn partners(&self, of: &[OrganisationId]) -> Result<BTreeSet<OrganisationId>, exemplar_kernel::Error> {
        self.0.partners(of).await
    }
}
