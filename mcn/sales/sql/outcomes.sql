select outcome, count(*) from known_lines group by outcome
