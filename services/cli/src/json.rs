//! Messages as JSON by the mapping of proto3: names in lowerCamelCase, enums by name, instants as RFC 3339, 64-bit
//! numbers as strings. Fields that hold nothing are there, too, so that a script finds them.

use std::sync::LazyLock;

use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, SerializeOptions};
use serde::Serialize;

/// The API's description of itself.
pub(crate) static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(exemplar_proto::DESCRIPTORS).expect("the API was compiled from these descriptors")
});

/// A message that commands print.
pub(crate) trait Document: prost::Message {
    /// Its full name in the API.
    const NAME: &'static str;
}

macro_rules! documents {
    ($($context:ident: $($message:ident)+;)+) => {
        $($(
            impl Document for exemplar_proto::$context::v1::$message {
                const NAME: &'static str = concat!("exemplar.", stringify!($context), ".v1.", stringify!($message));
            }
        )+)+

        /// The names of all messages that commands print.
        #[cfg(test)]
        pub(crate) const NAMES: &[&str] =
            &[$($(<exemplar_proto::$context::v1::$message as Document>::NAME,)+)+];
    };
}

documents! {
    directory: SignInResponse SignOutResponse WhoAmIResponse ApplyRetentionResponse ErasePersonResponse InvitePersonResponse ListRecordClassesResponse AcceptInvitationResponse
        ListPeopleResponse SetRolesResponse SetNetworkRolesResponse DeactivatePersonResponse GetOrganisationResponse
        ListOrganisationsResponse CreateOrganisationResponse UpdateOrganisationResponse ImportOrganisationsResponse
        RecordSuccessionResponse ListVocabulariesResponse ListTermsResponse GetTermResponse
        ListVocabularyChangesResponse CreateTermResponse UpdateTermResponse MergeTermsResponse RetireTermResponse
        ListRecordSystemsResponse AddRecordSystemResponse UpdateRecordSystemResponse GetMaturityFrameworkResponse
        RecordMaturityResponse ListMaturityResponse GetMaturityTrendResponse;
    network: RecordDesignationResponse EndDesignationResponse ListDesignationsResponse ProposePairingResponse AcceptPairingResponse
        DeclinePairingResponse WithdrawPairingResponse GetPairingResponse ListPairingsResponse SuggestPartnersResponse
        SubmitRankingResponse GetRankingResponse PreviewMatchingResponse PublishMatchingResponse ListMatchingsResponse
        VerifyCertificateResponse CreateRoundResponse InviteToRoundResponse GetRoundResponse ListRoundsResponse
        SubmitExpressionResponse WithdrawExpressionResponse GetExpressionResponse ListExpressionsResponse
        AssignScorersResponse SubmitScoreResponse ModerateExpressionResponse DecideExpressionResponse
        PublishRoundResponse CounterPairingResponse ActivatePairingResponse PausePairingResponse ResumePairingResponse
        CompletePairingResponse EndPairingResponse OverridePairingResponse GroupPairingsResponse
        ListPairingStepsResponse ListPrioritiesResponse ImportPairingsResponse DraftAgreementResponse
        SignAgreementResponse ListAgreementsResponse AddMilestoneResponse CompleteMilestoneResponse
        DropMilestoneResponse ListMilestonesResponse RecordCheckInResponse ListCheckInsResponse CreateAwardResponse
        PlanTrancheResponse ApproveTrancheResponse PayTrancheResponse CancelTrancheResponse RecordMatchResponse
        GetAwardResponse ListAwardsResponse GetNetworkResponse;
    blueprints: CreateBlueprintResponse UpdateDraftResponse CheckDraftResponse PublishBlueprintResponse
        GetBlueprintResponse ListBlueprintsResponse SearchResponse GetArtefactResponse ListArtefactsResponse
        UpdateArtefactResponse RemoveArtefactResponse WithdrawBlueprintResponse SetVisibilityResponse
        ListRevisionsResponse CompareRevisionsResponse SubmitBlueprintResponse SignOffReviewResponse
        AssignReviewerResponse AssureReviewResponse RequestChangesResponse RejectReviewResponse RetractReviewResponse
        DeclareConflictResponse GetReviewResponse ListReviewsResponse AddCommentResponse ResolveCommentResponse
        ListCommentsResponse AdoptBlueprintResponse UpdateAdoptionResponse AdvanceAdoptionResponse
        StopAdoptionResponse DecideSectionsResponse RecordOutcomeResponse GetAdoptionResponse ListAdoptionsResponse
        GetAdoptionUpdateResponse GetDecisionCardResponse CompareBlueprintsResponse GetUsageResponse
        RequestIntroductionResponse AcceptIntroductionResponse DeclineIntroductionResponse AnswerIntroductionResponse
        CompleteIntroductionResponse WithdrawIntroductionResponse GetIntroductionResponse ListIntroductionsResponse
        GetHourBudgetResponse SetHourBudgetResponse IndexRows ImportBundleResponse SuggestResponse RelatedResponse
        ListSynonymsResponse CreateSynonymResponse DeleteSynonymResponse RestoreSynonymsResponse CreateFollowResponse
        UpdateFollowResponse DeleteFollowResponse GetFollowResponse ListFollowsResponse AskForTopicResponse
        GetWantedTopicResponse ListWantedTopicsResponse ClaimTopicResponse ReleaseTopicResponse AnswerTopicResponse
        GetSearchReportResponse;
    academy: CreateCurriculumResponse GetCurriculumResponse ListCurriculaResponse CreateCohortResponse
        GetCohortResponse ListCohortsResponse EnrolLearnerResponse GetEnrolmentResponse ListEnrolmentsResponse
        RecordResultResponse GetStandingResponse ListStandingsResponse SubmitApplicationResponse
        SponsorApplicationResponse ScoreApplicationResponse ModerateApplicationResponse WithdrawApplicationResponse
        CarryApplicationResponse SelectApplicantsResponse GetApplicationResponse ListApplicationsResponse
        ScheduleSessionsResponse ListTeachingSessionsResponse WatchCohortResponse RecordAttendanceResponse
        SendApologiesResponse MakeRulingResponse SecondMarkResultResponse ModerateResultResponse
        ReleaseResultsResponse EnterSheetResponse ImportEntriesResponse ListBatchesResponse UndoBatchResponse
        ListCompetenciesResponse UpdateCohortResponse SetCohortStaffResponse ListCohortStaffResponse
        AcceptOfferResponse DeclineOfferResponse InterruptEnrolmentResponse ResumeEnrolmentResponse
        WithdrawEnrolmentResponse CompleteEnrolmentResponse TransferEnrolmentResponse SetSponsorResponse
        GetEmployerCountsResponse GetNationalPictureResponse ListOrganisationsWithoutResponse GetEligibilityResponse
        ProposeQualificationResponse ConfirmQualificationResponse RefuseQualificationResponse
        RevokeQualificationResponse GetQualificationResponse ListQualificationsResponse SetShownResponse
        CheckCredentialResponse AddEvidenceResponse DecideEvidenceResponse WithdrawEvidenceResponse
        ListEvidenceResponse ListSuggestionsResponse GetCompetencyViewResponse WriteDocumentResponse
        AgreeDocumentResponse ListDocumentsResponse GetProjectLinkResponse LinkProjectResponse DraftProjectResponse
        CreateJournalEntryResponse UpdateJournalEntryResponse ShareJournalEntryResponse DeleteJournalEntryResponse
        GetJournalEntryResponse ListJournalEntriesResponse;
    inbox: ListItemsResponse GetCountsResponse MarkReadResponse GetMailChoicesResponse ChooseMailResponse MarkDoneResponse;
}

/// A message as JSON.
pub(crate) fn of_message<M: Document>(message: &M) -> String {
    let mut dynamic = DynamicMessage::new(descriptor(M::NAME));
    dynamic.transcode_from(message).expect("both sides were compiled from the same descriptors");
    let options = SerializeOptions::new().skip_default_fields(false);
    let mut json = serde_json::Serializer::pretty(Vec::new());
    dynamic.serialize_with_options(&mut json, &options).expect("a vector takes all that is written");
    String::from_utf8(json.into_inner()).expect("JSON is UTF-8")
}

/// A document of the client's own as JSON.
pub(crate) fn of_document(document: &impl Serialize) -> String {
    serde_json::to_string_pretty(document).expect("own documents have text keys and cannot fail")
}

fn descriptor(name: &str) -> MessageDescriptor {
    POOL.get_message_by_name(name).expect("json::tests looks every name up")
}
