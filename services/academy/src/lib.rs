//! The record of training: curricula, cohorts, enrolments, results, standing
