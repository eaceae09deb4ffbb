"""full text: articles whose feed says little come a second time, with the text of their page."""
