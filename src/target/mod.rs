//! Target, and the readers of the http and JSON lists.
