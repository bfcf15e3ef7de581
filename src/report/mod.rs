//! READ: text, JSON, histogram, hdrplot and HTML reports.
