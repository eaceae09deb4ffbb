"""full text: articles whose feed says little get the text of their page. Reads articles, writes texts."""
