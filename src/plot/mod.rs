//! SEEN over time: series, downsampling, SVG, HTML.
