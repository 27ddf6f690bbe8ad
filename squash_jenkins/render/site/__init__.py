"""What a site holds, as pages need it: `site` answers all questions of tabs and plots."""
