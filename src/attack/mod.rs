//! WHEN: plan and release of hits.
