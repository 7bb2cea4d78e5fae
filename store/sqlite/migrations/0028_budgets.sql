-- Budgets of tokens a day that people have of their own, 0 for no bound. The index finds who used models in a month.
CREATE TABLE plugin_budgets (
	user_id TEXT NOT NULL PRIMARY KEY,
	tokens  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX plugin_usage_day ON plugin_usage (day, user_id);
