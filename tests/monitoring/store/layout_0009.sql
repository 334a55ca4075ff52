BEGIN TRANSACTION;
CREATE TABLE account (
	id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	display_name VARCHAR NOT NULL, 
	role VARCHAR NOT NULL, 
	groups TEXT, 
	identity VARCHAR, 
	password_hash TEXT, 
	must_change_password BOOLEAN NOT NULL, 
	password_expires_at VARCHAR(32), 
	language VARCHAR NOT NULL, 
	unit VARCHAR NOT NULL, 
	is_open BOOLEAN NOT NULL, 
	created_at VARCHAR(32) NOT NULL, 
	created_by VARCHAR NOT NULL, 
	CONSTRAINT pk_account PRIMARY KEY (id), 
	CONSTRAINT uq_account_identity UNIQUE (identity), 
	CONSTRAINT uq_account_name UNIQUE (name)
);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0009');
CREATE TABLE alert (
	id INTEGER NOT NULL, 
	"key" VARCHAR NOT NULL, 
	topic VARCHAR NOT NULL, 
	party_id VARCHAR NOT NULL, 
	obligation_id INTEGER, 
	escalated BOOLEAN NOT NULL, 
	urgent BOOLEAN NOT NULL, 
	words VARCHAR NOT NULL, 
	places TEXT NOT NULL, 
	created_at VARCHAR(32) NOT NULL, 
	useful_until DATE, 
	copied_at VARCHAR(32), 
	CONSTRAINT pk_alert PRIMARY KEY (id), 
	CONSTRAINT fk_alert_obligation_id FOREIGN KEY(obligation_id) REFERENCES obligation (id), 
	CONSTRAINT uq_alert_key UNIQUE ("key")
);
CREATE TABLE alert_copy (
	alert_id INTEGER NOT NULL, 
	person VARCHAR NOT NULL, 
	channel VARCHAR NOT NULL, 
	message_id INTEGER, 
	dropped VARCHAR, 
	CONSTRAINT pk_alert_copy PRIMARY KEY (alert_id, person, channel), 
	CONSTRAINT fk_alert_copy_alert_id FOREIGN KEY(alert_id) REFERENCES alert (id), 
	CONSTRAINT fk_alert_copy_message_id FOREIGN KEY(message_id) REFERENCES message (id)
);
CREATE TABLE apscheduler_jobs (
	id VARCHAR NOT NULL, 
	next_run_time FLOAT, 
	job_state BLOB NOT NULL, 
	CONSTRAINT pk_apscheduler_jobs PRIMARY KEY (id)
);
CREATE TABLE assessment (
	input_set_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	is_current BOOLEAN NOT NULL, 
	recorded_at VARCHAR(32) NOT NULL, 
	source_file TEXT, 
	source_row BIGINT, 
	group_id VARCHAR NOT NULL, 
	entity_id VARCHAR NOT NULL, 
	period_end DATE NOT NULL, 
	sarmra_score BIGINT, 
	capped BOOLEAN, 
	CONSTRAINT pk_assessment PRIMARY KEY (input_set_id, position), 
	CONSTRAINT fk_assessment_input_set_id FOREIGN KEY(input_set_id) REFERENCES input_set (id)
);
CREATE TABLE audit_entry (
	id INTEGER NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	who VARCHAR NOT NULL, 
	role VARCHAR NOT NULL, 
	action VARCHAR NOT NULL, 
	subject TEXT NOT NULL, 
	group_id VARCHAR, 
	detail TEXT NOT NULL, 
	CONSTRAINT pk_audit_entry PRIMARY KEY (id)
);
CREATE TABLE calendar_feed (
	token_hash VARCHAR NOT NULL, 
	account_id INTEGER NOT NULL, 
	created_at VARCHAR(32) NOT NULL, 
	ended_at VARCHAR(32), 
	CONSTRAINT pk_calendar_feed PRIMARY KEY (token_hash), 
	CONSTRAINT fk_calendar_feed_account_id_account FOREIGN KEY(account_id) REFERENCES account (id)
);
CREATE TABLE concentration (
	run_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	group_id VARCHAR NOT NULL, 
	period_end DATE NOT NULL, 
	test VARCHAR NOT NULL, 
	party VARCHAR NOT NULL, 
	exposure BIGINT, 
	limit_amount BIGINT, 
	charge BIGINT, party_name VARCHAR, 
	CONSTRAINT pk_concentration PRIMARY KEY (run_id, position), 
	CONSTRAINT fk_concentration_run_id FOREIGN KEY(run_id) REFERENCES run (id)
);
INSERT INTO "concentration" VALUES(1,0,'集团','2023-06-30','counterparty','C1',10000000,5000000,1000000,'甲银行');
CREATE TABLE contribution (
	run_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	group_id VARCHAR NOT NULL, 
	period_end DATE NOT NULL, 
	line VARCHAR NOT NULL, 
	entity_id VARCHAR NOT NULL, 
	relation VARCHAR, 
	share BIGINT, 
	own_amount BIGINT, 
	amount BIGINT, 
	basis VARCHAR, 
	table_name VARCHAR, 
	file_name TEXT, 
	row_number BIGINT, 
	column_name VARCHAR, 
	article VARCHAR, 
	CONSTRAINT pk_contribution PRIMARY KEY (run_id, position), 
	CONSTRAINT fk_contribution_run_id FOREIGN KEY(run_id) REFERENCES run (id)
);
CREATE TABLE elimination (
	run_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	group_id VARCHAR NOT NULL, 
	period_end DATE NOT NULL, 
	kind VARCHAR NOT NULL, 
	from_id VARCHAR, 
	to_id VARCHAR, 
	tier VARCHAR, 
	amount BIGINT, 
	article VARCHAR, 
	table_name VARCHAR, 
	file_name TEXT, 
	row_number BIGINT, 
	CONSTRAINT pk_elimination PRIMARY KEY (run_id, position), 
	CONSTRAINT fk_elimination_run_id FOREIGN KEY(run_id) REFERENCES run (id)
);
CREATE TABLE entity (
	input_set_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	is_current BOOLEAN NOT NULL, 
	recorded_at VARCHAR(32) NOT NULL, 
	source_file TEXT, 
	source_row BIGINT, 
	entity_id VARCHAR NOT NULL, 
	name VARCHAR, 
	kind VARCHAR, 
	jurisdiction VARCHAR, 
	equivalent_regime BOOLEAN, 
	CONSTRAINT pk_entity PRIMARY KEY (input_set_id, position), 
	CONSTRAINT fk_entity_input_set_id FOREIGN KEY(input_set_id) REFERENCES input_set (id)
);
CREATE TABLE failed_sign_in (
	name VARCHAR NOT NULL, 
	failures INTEGER NOT NULL, 
	failed_at VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_failed_sign_in PRIMARY KEY (name)
);
CREATE TABLE finding (
	run_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	severity VARCHAR NOT NULL, 
	code VARCHAR NOT NULL, 
	group_id VARCHAR, 
	entity_id VARCHAR, 
	period_end DATE, 
	table_name VARCHAR, 
	file_name TEXT, 
	row_number BIGINT, 
	column_name VARCHAR, 
	value TEXT, 
	expected TEXT, 
	article VARCHAR, 
	message TEXT NOT NULL, 
	message_zh TEXT NOT NULL, 
	CONSTRAINT pk_finding PRIMARY KEY (run_id, position), 
	CONSTRAINT fk_finding_run_id FOREIGN KEY(run_id) REFERENCES run (id)
);
CREATE TABLE flag (
	period_end DATE NOT NULL, 
	since DATE NOT NULL, 
	unit VARCHAR, 
	figure BIGINT, 
	limit_amount BIGINT, 
	value VARCHAR, 
	distance_wan_yuan BIGINT, 
	distance_points BIGINT, 
	figure_basis VARCHAR, 
	filing_basis VARCHAR, 
	source VARCHAR, 
	met BOOLEAN NOT NULL, 
	severity INTEGER, 
	covered_by VARCHAR, 
	measures_required TEXT, 
	measures_allowed TEXT, 
	id INTEGER NOT NULL, 
	subject_kind VARCHAR NOT NULL, 
	subject_id VARCHAR NOT NULL, 
	code VARCHAR NOT NULL, 
	item VARCHAR NOT NULL, 
	party VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	raised_at VARCHAR(32) NOT NULL, 
	changed_at VARCHAR(32) NOT NULL, 
	acknowledged_by VARCHAR, 
	closed_by VARCHAR, 
	note TEXT, 
	answered_gravity BIGINT, 
	CONSTRAINT pk_flag PRIMARY KEY (id)
);
CREATE TABLE flag_event (
	period_end DATE NOT NULL, 
	since DATE NOT NULL, 
	unit VARCHAR, 
	figure BIGINT, 
	limit_amount BIGINT, 
	value VARCHAR, 
	distance_wan_yuan BIGINT, 
	distance_points BIGINT, 
	figure_basis VARCHAR, 
	filing_basis VARCHAR, 
	source VARCHAR, 
	met BOOLEAN NOT NULL, 
	severity INTEGER, 
	covered_by VARCHAR, 
	measures_required TEXT, 
	measures_allowed TEXT, 
	id INTEGER NOT NULL, 
	flag_id INTEGER NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	what VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	who VARCHAR, 
	note TEXT, 
	run_id INTEGER, 
	CONSTRAINT pk_flag_event PRIMARY KEY (id), 
	CONSTRAINT fk_flag_event_flag_id FOREIGN KEY(flag_id) REFERENCES flag (id), 
	CONSTRAINT fk_flag_event_run_id FOREIGN KEY(run_id) REFERENCES run (id)
);
CREATE TABLE group_filing (
	input_set_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	is_current BOOLEAN NOT NULL, 
	recorded_at VARCHAR(32) NOT NULL, 
	source_file TEXT, 
	source_row BIGINT, 
	group_id VARCHAR NOT NULL, 
	period_end DATE NOT NULL, 
	basis VARCHAR NOT NULL, 
	actual_capital BIGINT, 
	core_tier1_capital BIGINT, 
	core_tier2_capital BIGINT, 
	supplementary_tier1_capital BIGINT, 
	supplementary_tier2_capital BIGINT, 
	minimum_capital BIGINT, 
	quantifiable_risk_minimum_capital BIGINT, 
	control_risk_minimum_capital BIGINT, 
	core_surplus BIGINT, 
	comprehensive_surplus BIGINT, 
	core_solvency_ratio BIGINT, 
	comprehensive_solvency_ratio BIGINT, 
	CONSTRAINT pk_group_filing PRIMARY KEY (input_set_id, position), 
	CONSTRAINT fk_group_filing_input_set_id FOREIGN KEY(input_set_id) REFERENCES input_set (id)
);
CREATE TABLE group_filing_line (
	input_set_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	is_current BOOLEAN NOT NULL, 
	recorded_at VARCHAR(32) NOT NULL, 
	source_file TEXT, 
	source_row BIGINT, 
	group_id VARCHAR NOT NULL, 
	period_end DATE NOT NULL, 
	basis VARCHAR NOT NULL, 
	line VARCHAR NOT NULL, 
	amount BIGINT, 
	CONSTRAINT pk_group_filing_line PRIMARY KEY (input_set_id, position), 
	CONSTRAINT fk_group_filing_line_input_set_id FOREIGN KEY(input_set_id) REFERENCES input_set (id)
);
CREATE TABLE group_financial (
	input_set_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	is_current BOOLEAN NOT NULL, 
	recorded_at VARCHAR(32) NOT NULL, 
	source_file TEXT, 
	source_row BIGINT, 
	group_id VARCHAR NOT NULL, 
	period_end DATE NOT NULL, 
	total_assets BIGINT, 
	net_assets BIGINT, 
	income BIGINT, 
	CONSTRAINT pk_group_financial PRIMARY KEY (input_set_id, position), 
	CONSTRAINT fk_group_financial_input_set_id FOREIGN KEY(input_set_id) REFERENCES input_set (id)
);
CREATE TABLE group_member (
	run_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	group_id VARCHAR NOT NULL, 
	period_end DATE NOT NULL, 
	entity_id VARCHAR NOT NULL, 
	relation VARCHAR, 
	share BIGINT, 
	kind VARCHAR, 
	jurisdiction VARCHAR, 
	equivalent_regime BOOLEAN, 
	table_name VARCHAR, 
	file_name TEXT, 
	row_number BIGINT, 
	CONSTRAINT pk_group_member PRIMARY KEY (run_id, position), 
	CONSTRAINT fk_group_member_run_id FOREIGN KEY(run_id) REFERENCES run (id)
);
INSERT INTO "group_member" VALUES(1,0,'集团','2023-06-30','甲公司','subsidiary',1000000000000,'life',NULL,NULL,NULL,NULL,NULL);
CREATE TABLE industry_average (
	input_set_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	is_current BOOLEAN NOT NULL, 
	recorded_at VARCHAR(32) NOT NULL, 
	source_file TEXT, 
	source_row BIGINT, 
	kind VARCHAR NOT NULL, 
	period_end DATE NOT NULL, 
	core_solvency_ratio_pct BIGINT, 
	comprehensive_solvency_ratio_pct BIGINT, 
	CONSTRAINT pk_industry_average PRIMARY KEY (input_set_id, position), 
	CONSTRAINT fk_industry_average_input_set_id FOREIGN KEY(input_set_id) REFERENCES input_set (id)
);
CREATE TABLE input_file (
	run_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	path TEXT NOT NULL, 
	table_name VARCHAR NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	size BIGINT, 
	rows BIGINT, 
	CONSTRAINT pk_input_file PRIMARY KEY (run_id, position), 
	CONSTRAINT fk_input_file_run_id FOREIGN KEY(run_id) REFERENCES run (id)
);
CREATE TABLE input_set (
	id INTEGER NOT NULL, 
	data_hash VARCHAR NOT NULL, 
	layout VARCHAR NOT NULL, 
	recorded_at VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_input_set PRIMARY KEY (id)
);
INSERT INTO "input_set" VALUES(1,'a','0009','2024-01-02T09:00:00.000000+00:00');
CREATE TABLE insurance_group (
	input_set_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	is_current BOOLEAN NOT NULL, 
	recorded_at VARCHAR(32) NOT NULL, 
	source_file TEXT, 
	source_row BIGINT, 
	group_id VARCHAR NOT NULL, 
	name VARCHAR, 
	name_en VARCHAR, 
	type VARCHAR, 
	parent_id VARCHAR, member_requirement VARCHAR, controls_bank BOOLEAN, 
	CONSTRAINT pk_insurance_group PRIMARY KEY (input_set_id, position), 
	CONSTRAINT fk_insurance_group_input_set_id FOREIGN KEY(input_set_id) REFERENCES input_set (id)
);
CREATE TABLE lease (
	name VARCHAR NOT NULL, 
	holder VARCHAR, 
	token BIGINT NOT NULL, 
	beat BIGINT NOT NULL, 
	held_since VARCHAR(32), 
	expires_at VARCHAR(32), 
	CONSTRAINT pk_lease PRIMARY KEY (name)
);
CREATE TABLE message (
	id INTEGER NOT NULL, 
	"key" VARCHAR NOT NULL, 
	person VARCHAR NOT NULL, 
	channel VARCHAR NOT NULL, 
	subject TEXT NOT NULL, 
	body TEXT NOT NULL, 
	status VARCHAR NOT NULL, 
	attempts INTEGER NOT NULL, 
	lost INTEGER NOT NULL, 
	sender VARCHAR, 
	next_attempt_at VARCHAR(32) NOT NULL, 
	created_at VARCHAR(32) NOT NULL, 
	sent_at VARCHAR(32), 
	problem TEXT, 
	CONSTRAINT pk_message PRIMARY KEY (id), 
	CONSTRAINT uq_message_key UNIQUE ("key")
);
CREATE TABLE obligation (
	id INTEGER NOT NULL, 
	obligation VARCHAR NOT NULL, 
	party_id VARCHAR NOT NULL, 
	party_name VARCHAR NOT NULL, 
	who VARCHAR NOT NULL, 
	period_end DATE NOT NULL, 
	occurrence INTEGER NOT NULL, 
	occasion VARCHAR, 
	cause VARCHAR, 
	note TEXT, 
	article VARCHAR NOT NULL, 
	due_on DATE NOT NULL, 
	working_day DATE NOT NULL, 
	provisional BOOLEAN NOT NULL, 
	last_day DATE NOT NULL, 
	state VARCHAR NOT NULL, 
	remind_on DATE, 
	submitted_on DATE, 
	receipt TEXT, 
	reason TEXT, 
	version INTEGER NOT NULL, 
	changed_at VARCHAR(32) NOT NULL, amount BIGINT, 
	CONSTRAINT pk_obligation PRIMARY KEY (id), 
	CONSTRAINT uq_obligation_cause UNIQUE (cause)
);
CREATE TABLE obligation_history (
	id INTEGER NOT NULL, 
	obligation_id INTEGER NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	who VARCHAR NOT NULL, 
	what VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	detail TEXT, 
	CONSTRAINT pk_obligation_history PRIMARY KEY (id), 
	CONSTRAINT fk_obligation_history_obligation_id FOREIGN KEY(obligation_id) REFERENCES obligation (id)
);
CREATE TABLE obligation_roll (
	id INTEGER NOT NULL, 
	fingerprint TEXT NOT NULL, 
	tracked_from DATE NOT NULL, 
	rolled_until DATE NOT NULL, 
	rolled_at VARCHAR(32) NOT NULL, settings TEXT, 
	CONSTRAINT pk_obligation_roll PRIMARY KEY (id)
);
CREATE TABLE ownership_stake (
	input_set_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	is_current BOOLEAN NOT NULL, 
	recorded_at VARCHAR(32) NOT NULL, 
	source_file TEXT, 
	source_row BIGINT, 
	owner_id VARCHAR NOT NULL, 
	entity_id VARCHAR NOT NULL, 
	valid_from DATE, 
	valid_to DATE, 
	stake BIGINT, 
	relation VARCHAR, 
	bears_shortfall BOOLEAN, 
	CONSTRAINT pk_ownership_stake PRIMARY KEY (input_set_id, position), 
	CONSTRAINT fk_ownership_stake_input_set_id FOREIGN KEY(input_set_id) REFERENCES input_set (id)
);
CREATE TABLE rating (
	input_set_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	is_current BOOLEAN NOT NULL, 
	recorded_at VARCHAR(32) NOT NULL, 
	source_file TEXT, 
	source_row BIGINT, 
	group_id VARCHAR NOT NULL, 
	entity_id VARCHAR NOT NULL, 
	period_end DATE NOT NULL, 
	integrated_risk_rating VARCHAR, 
	CONSTRAINT pk_rating PRIMARY KEY (input_set_id, position), 
	CONSTRAINT fk_rating_input_set_id FOREIGN KEY(input_set_id) REFERENCES input_set (id)
);
CREATE TABLE recomputation (
	run_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	is_current BOOLEAN NOT NULL, 
	entity_id VARCHAR NOT NULL, 
	period_end DATE NOT NULL, 
	basis VARCHAR NOT NULL, 
	item VARCHAR NOT NULL, 
	filed FLOAT, 
	recomputed FLOAT, 
	difference FLOAT, 
	within_tolerance BOOLEAN, 
	article VARCHAR, 
	CONSTRAINT pk_recomputation PRIMARY KEY (run_id, position), 
	CONSTRAINT fk_recomputation_run_id FOREIGN KEY(run_id) REFERENCES run (id)
);
CREATE TABLE reconciliation (
	run_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	group_id VARCHAR NOT NULL, 
	period_end DATE NOT NULL, 
	line VARCHAR NOT NULL, 
	computed BIGINT, 
	published BIGINT, 
	difference BIGINT, 
	CONSTRAINT pk_reconciliation PRIMARY KEY (run_id, position), 
	CONSTRAINT fk_reconciliation_run_id FOREIGN KEY(run_id) REFERENCES run (id)
);
CREATE TABLE run (
	id INTEGER NOT NULL, 
	started_at VARCHAR(32) NOT NULL, 
	recorded_at VARCHAR(32) NOT NULL, 
	who VARCHAR NOT NULL, 
	source VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	input_set_id INTEGER NOT NULL, 
	rulebook_hash VARCHAR NOT NULL, 
	rulebook_overlay TEXT, 
	engine_version VARCHAR NOT NULL, 
	arguments TEXT NOT NULL, 
	effective_at VARCHAR(32), 
	effective_order INTEGER, 
	withdrawn_at VARCHAR(32), 
	approved_by VARCHAR, 
	approved_at VARCHAR(32), 
	rejected_by VARCHAR, 
	rejected_at VARCHAR(32), 
	reason TEXT, 
	statements INTEGER NOT NULL, 
	filings INTEGER NOT NULL, 
	errors INTEGER NOT NULL, 
	warnings INTEGER NOT NULL, 
	CONSTRAINT pk_run PRIMARY KEY (id), 
	CONSTRAINT fk_run_input_set_id FOREIGN KEY(input_set_id) REFERENCES input_set (id), 
	CONSTRAINT uq_run_effective_order UNIQUE (effective_order)
);
INSERT INTO "run" VALUES(1,'2024-01-01T09:00:00.000000+00:00','2024-01-02T09:00:00.000000+00:00','王芳','filings','complete',1,'rulebook',NULL,'0.1.0','{}','2024-01-02T09:00:00.000000+00:00',1,NULL,NULL,NULL,NULL,NULL,NULL,1,2,0,0);
CREATE TABLE scheduled_job (
	name VARCHAR NOT NULL, 
	started_at VARCHAR(32), 
	succeeded_at VARCHAR(32), 
	failed_at VARCHAR(32), 
	failures INTEGER NOT NULL, 
	problem TEXT, 
	cursor BIGINT, 
	CONSTRAINT pk_scheduled_job PRIMARY KEY (name)
);
CREATE TABLE sector_filing (
	input_set_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	is_current BOOLEAN NOT NULL, 
	recorded_at VARCHAR(32) NOT NULL, 
	source_file TEXT, 
	source_row BIGINT, 
	entity_id VARCHAR NOT NULL, 
	period_end DATE NOT NULL, 
	measure VARCHAR, 
	amount BIGINT, 
	required_ratio BIGINT, 
	actual_capital BIGINT, 
	adequacy_ratio BIGINT, 
	adequacy_requirement BIGINT, 
	CONSTRAINT pk_sector_filing PRIMARY KEY (input_set_id, position), 
	CONSTRAINT fk_sector_filing_input_set_id FOREIGN KEY(input_set_id) REFERENCES input_set (id)
);
CREATE TABLE sign_in_session (
	token_hash VARCHAR NOT NULL, 
	account_id INTEGER NOT NULL, 
	started_at VARCHAR(32) NOT NULL, 
	seen_at VARCHAR(32) NOT NULL, 
	ended_at VARCHAR(32), 
	CONSTRAINT pk_sign_in_session PRIMARY KEY (token_hash), 
	CONSTRAINT fk_sign_in_session_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);
CREATE TABLE solo_filing (
	input_set_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	is_current BOOLEAN NOT NULL, 
	recorded_at VARCHAR(32) NOT NULL, 
	source_file TEXT, 
	source_row BIGINT, 
	entity_id VARCHAR NOT NULL, 
	period_end DATE NOT NULL, 
	basis VARCHAR NOT NULL, 
	kind VARCHAR, 
	admitted_assets BIGINT, 
	admitted_liabilities BIGINT, 
	actual_capital BIGINT, 
	core_tier1_capital BIGINT, 
	core_tier2_capital BIGINT, 
	supplementary_tier1_capital BIGINT, 
	supplementary_tier2_capital BIGINT, 
	minimum_capital BIGINT, 
	quantifiable_risk_minimum_capital BIGINT, 
	life_insurance_risk_minimum_capital BIGINT, 
	non_life_insurance_risk_minimum_capital BIGINT, 
	market_risk_minimum_capital BIGINT, 
	credit_risk_minimum_capital BIGINT, 
	diversification_effect BIGINT, 
	loss_absorption_effect BIGINT, 
	control_risk_minimum_capital BIGINT, 
	core_surplus BIGINT, 
	comprehensive_surplus BIGINT, 
	core_solvency_ratio BIGINT, 
	comprehensive_solvency_ratio BIGINT, 
	integrated_risk_rating VARCHAR, 
	total_assets BIGINT, 
	rules VARCHAR, add_on_capital BIGINT, audited_on DATE, 
	CONSTRAINT pk_solo_filing PRIMARY KEY (input_set_id, position), 
	CONSTRAINT fk_solo_filing_input_set_id FOREIGN KEY(input_set_id) REFERENCES input_set (id)
);
INSERT INTO "solo_filing" VALUES(1,0,1,'2024-01-02T09:00:00.000000+00:00','solo_filings.csv',2,'甲','2023-06-30','quarterly','life',NULL,NULL,150000000,NULL,NULL,NULL,NULL,100000000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1500000000000,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "solo_filing" VALUES(1,1,1,'2024-01-02T09:00:00.000000+00:00','solo_filings.csv',3,'乙','2023-06-30','quarterly','life',NULL,NULL,250000000,NULL,NULL,NULL,NULL,100000000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,2500000000000,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE statement (
	run_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	is_current BOOLEAN NOT NULL, 
	group_id VARCHAR NOT NULL, 
	period_end DATE NOT NULL, 
	group_type VARCHAR, 
	name VARCHAR, 
	explanation TEXT, 
	CONSTRAINT pk_statement PRIMARY KEY (run_id, position), 
	CONSTRAINT fk_statement_run_id FOREIGN KEY(run_id) REFERENCES run (id)
);
INSERT INTO "statement" VALUES(1,0,1,'集团','2023-06-30','insurance_holding','集团','{"actual_capital": {}}');
CREATE TABLE statement_line (
	run_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	group_id VARCHAR NOT NULL, 
	period_end DATE NOT NULL, 
	line VARCHAR NOT NULL, 
	amount BIGINT, 
	unit VARCHAR, 
	status VARCHAR NOT NULL, 
	article VARCHAR, 
	CONSTRAINT pk_statement_line PRIMARY KEY (run_id, position), 
	CONSTRAINT fk_statement_line_run_id FOREIGN KEY(run_id) REFERENCES run (id)
);
INSERT INTO "statement_line" VALUES(1,0,'集团','2023-06-30','actual_capital',1500000,'万元','computed','Rule 19 A127');
CREATE TABLE watched_set (
	place TEXT NOT NULL, 
	fingerprint VARCHAR NOT NULL, 
	tried_at VARCHAR(32) NOT NULL, 
	status VARCHAR NOT NULL, 
	problem TEXT, 
	CONSTRAINT pk_watched_set PRIMARY KEY (place)
);
CREATE TABLE waterfall_step (
	run_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	group_id VARCHAR NOT NULL, 
	period_end DATE NOT NULL, 
	step INTEGER NOT NULL, 
	item VARCHAR NOT NULL, 
	entity_id VARCHAR, 
	amount BIGINT, 
	unit VARCHAR, 
	CONSTRAINT pk_waterfall_step PRIMARY KEY (run_id, position), 
	CONSTRAINT fk_waterfall_step_run_id FOREIGN KEY(run_id) REFERENCES run (id)
);
CREATE UNIQUE INDEX uq_input_set_data_hash ON input_set (data_hash, layout);
CREATE INDEX ix_assessment_current ON assessment (group_id, entity_id, period_end) WHERE is_current;
CREATE UNIQUE INDEX ix_assessment_scope ON assessment (group_id, entity_id, period_end, input_set_id);
CREATE INDEX ix_entity_current ON entity (entity_id) WHERE is_current;
CREATE UNIQUE INDEX ix_entity_scope ON entity (entity_id, input_set_id);
CREATE INDEX ix_group_filing_current ON group_filing (group_id, period_end, basis) WHERE is_current;
CREATE UNIQUE INDEX ix_group_filing_scope ON group_filing (group_id, period_end, basis, input_set_id);
CREATE INDEX ix_group_financial_current ON group_financial (group_id, period_end) WHERE is_current;
CREATE UNIQUE INDEX ix_group_financial_scope ON group_financial (group_id, period_end, input_set_id);
CREATE INDEX ix_industry_average_current ON industry_average (kind, period_end) WHERE is_current;
CREATE UNIQUE INDEX ix_industry_average_scope ON industry_average (kind, period_end, input_set_id);
CREATE INDEX ix_insurance_group_current ON insurance_group (group_id) WHERE is_current;
CREATE UNIQUE INDEX ix_insurance_group_scope ON insurance_group (group_id, input_set_id);
CREATE INDEX ix_ownership_stake_current ON ownership_stake (entity_id) WHERE is_current;
CREATE INDEX ix_ownership_stake_scope ON ownership_stake (entity_id, input_set_id);
CREATE INDEX ix_rating_current ON rating (group_id, entity_id, period_end) WHERE is_current;
CREATE UNIQUE INDEX ix_rating_scope ON rating (group_id, entity_id, period_end, input_set_id);
CREATE INDEX ix_run_input_set_id ON run (input_set_id);
CREATE INDEX ix_run_recorded_at ON run (recorded_at);
CREATE INDEX ix_sector_filing_current ON sector_filing (entity_id, period_end) WHERE is_current;
CREATE UNIQUE INDEX ix_sector_filing_scope ON sector_filing (entity_id, period_end, input_set_id);
CREATE INDEX ix_solo_filing_current ON solo_filing (entity_id, period_end, basis) WHERE is_current;
CREATE UNIQUE INDEX ix_solo_filing_scope ON solo_filing (entity_id, period_end, basis, input_set_id);
CREATE INDEX ix_concentration_group ON concentration (group_id, period_end, run_id);
CREATE INDEX ix_contribution_group ON contribution (group_id, period_end, run_id);
CREATE INDEX ix_elimination_group ON elimination (group_id, period_end, run_id);
CREATE INDEX ix_finding_group ON finding (group_id, period_end, run_id);
CREATE INDEX ix_group_member_entity ON group_member (entity_id, period_end);
CREATE INDEX ix_group_member_group ON group_member (group_id, period_end, run_id);
CREATE INDEX ix_recomputation_current ON recomputation (entity_id, period_end, basis) WHERE is_current;
CREATE INDEX ix_recomputation_scope ON recomputation (entity_id, period_end, basis, run_id);
CREATE INDEX ix_reconciliation_group ON reconciliation (group_id, period_end, run_id);
CREATE INDEX ix_statement_current ON statement (group_id, period_end) WHERE is_current;
CREATE UNIQUE INDEX ix_statement_scope ON statement (group_id, period_end, run_id);
CREATE INDEX ix_statement_line_group ON statement_line (group_id, period_end, run_id);
CREATE INDEX ix_statement_line_line ON statement_line (line, run_id);
CREATE INDEX ix_waterfall_step_group ON waterfall_step (group_id, period_end, run_id);
CREATE INDEX ix_audit_entry_at ON audit_entry (at);
CREATE INDEX ix_audit_entry_group ON audit_entry (group_id, at);
CREATE INDEX ix_sign_in_session_account_id ON sign_in_session (account_id);
CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry BEGIN SELECT RAISE(ABORT, 'the audit log can only be added to'); END;
CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry BEGIN SELECT RAISE(ABORT, 'the audit log can only be added to'); END;
CREATE TRIGGER audit_entry_no_replace BEFORE INSERT ON audit_entry WHEN EXISTS (SELECT 1 FROM audit_entry WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'the audit log can only be added to'); END;
CREATE INDEX ix_apscheduler_jobs_next_run_time ON apscheduler_jobs (next_run_time);
CREATE INDEX ix_message_status ON message (status, next_attempt_at);
CREATE INDEX ix_obligation_party_id_last_day ON obligation (party_id, last_day);
CREATE INDEX ix_obligation_remind_on ON obligation (remind_on);
CREATE INDEX ix_obligation_state_last_day ON obligation (state, last_day);
CREATE UNIQUE INDEX uq_obligation_of_party ON obligation (obligation, party_id, period_end, occurrence);
CREATE INDEX ix_alert_not_copied ON alert (id) WHERE copied_at IS NULL;
CREATE INDEX ix_alert_obligation_id ON alert (obligation_id);
CREATE INDEX ix_obligation_history_obligation_id ON obligation_history (obligation_id);
CREATE INDEX ix_alert_copy_message_id ON alert_copy (message_id);
CREATE INDEX ix_alert_copy_waiting ON alert_copy (person, channel) WHERE message_id IS NULL AND dropped IS NULL;
CREATE INDEX ix_flag_state ON flag (state, severity);
CREATE UNIQUE INDEX uq_flag_identity ON flag (subject_kind, subject_id, code, item, party);
CREATE INDEX ix_flag_event_flag_id ON flag_event (flag_id, id);
CREATE INDEX ix_calendar_feed_account_id ON calendar_feed (account_id);
CREATE INDEX ix_group_filing_line_current ON group_filing_line (group_id, period_end, basis, line) WHERE is_current;
CREATE UNIQUE INDEX ix_group_filing_line_scope ON group_filing_line (group_id, period_end, basis, line, input_set_id);
CREATE VIEW "current_insurance_group" AS SELECT t."recorded_at", t."source_file", t."source_row", t."group_id", t."name", t."name_en", t."type", t."parent_id", t."member_requirement", t."controls_bank" FROM "insurance_group" AS t WHERE t.is_current;
CREATE VIEW "current_entity" AS SELECT t."recorded_at", t."source_file", t."source_row", t."entity_id", t."name", t."kind", t."jurisdiction", t."equivalent_regime" FROM "entity" AS t WHERE t.is_current;
CREATE VIEW "current_ownership_stake" AS SELECT t."recorded_at", t."source_file", t."source_row", t."owner_id", t."entity_id", t."valid_from", t."valid_to", t."stake" / 1000000000000.0 AS "stake", t."relation", t."bears_shortfall" FROM "ownership_stake" AS t WHERE t.is_current;
CREATE VIEW "current_solo_filing" AS SELECT t."recorded_at", t."source_file", t."source_row", t."entity_id", t."period_end", t."basis", t."kind", t."admitted_assets" / 1000000.0 AS "admitted_assets", t."admitted_liabilities" / 1000000.0 AS "admitted_liabilities", t."actual_capital" / 1000000.0 AS "actual_capital", t."core_tier1_capital" / 1000000.0 AS "core_tier1_capital", t."core_tier2_capital" / 1000000.0 AS "core_tier2_capital", t."supplementary_tier1_capital" / 1000000.0 AS "supplementary_tier1_capital", t."supplementary_tier2_capital" / 1000000.0 AS "supplementary_tier2_capital", t."minimum_capital" / 1000000.0 AS "minimum_capital", t."quantifiable_risk_minimum_capital" / 1000000.0 AS "quantifiable_risk_minimum_capital", t."life_insurance_risk_minimum_capital" / 1000000.0 AS "life_insurance_risk_minimum_capital", t."non_life_insurance_risk_minimum_capital" / 1000000.0 AS "non_life_insurance_risk_minimum_capital", t."market_risk_minimum_capital" / 1000000.0 AS "market_risk_minimum_capital", t."credit_risk_minimum_capital" / 1000000.0 AS "credit_risk_minimum_capital", t."diversification_effect" / 1000000.0 AS "diversification_effect", t."loss_absorption_effect" / 1000000.0 AS "loss_absorption_effect", t."control_risk_minimum_capital" / 1000000.0 AS "control_risk_minimum_capital", t."add_on_capital" / 1000000.0 AS "add_on_capital", t."core_surplus" / 1000000.0 AS "core_surplus", t."comprehensive_surplus" / 1000000.0 AS "comprehensive_surplus", t."core_solvency_ratio" / 1000000000000.0 AS "core_solvency_ratio", t."comprehensive_solvency_ratio" / 1000000000000.0 AS "comprehensive_solvency_ratio", t."integrated_risk_rating", t."total_assets" / 1000000.0 AS "total_assets", t."rules", t."audited_on" FROM "solo_filing" AS t WHERE t.is_current;
CREATE VIEW "current_sector_filing" AS SELECT t."recorded_at", t."source_file", t."source_row", t."entity_id", t."period_end", t."measure", t."amount" / 1000000.0 AS "amount", t."required_ratio" / 1000000000000.0 AS "required_ratio", t."actual_capital" / 1000000.0 AS "actual_capital", t."adequacy_ratio" / 1000000000000.0 AS "adequacy_ratio", t."adequacy_requirement" / 1000000000000.0 AS "adequacy_requirement" FROM "sector_filing" AS t WHERE t.is_current;
CREATE VIEW "current_group_filing" AS SELECT t."recorded_at", t."source_file", t."source_row", t."group_id", t."period_end", t."basis", t."actual_capital" / 1000000.0 AS "actual_capital", t."core_tier1_capital" / 1000000.0 AS "core_tier1_capital", t."core_tier2_capital" / 1000000.0 AS "core_tier2_capital", t."supplementary_tier1_capital" / 1000000.0 AS "supplementary_tier1_capital", t."supplementary_tier2_capital" / 1000000.0 AS "supplementary_tier2_capital", t."minimum_capital" / 1000000.0 AS "minimum_capital", t."quantifiable_risk_minimum_capital" / 1000000.0 AS "quantifiable_risk_minimum_capital", t."control_risk_minimum_capital" / 1000000.0 AS "control_risk_minimum_capital", t."core_surplus" / 1000000.0 AS "core_surplus", t."comprehensive_surplus" / 1000000.0 AS "comprehensive_surplus", t."core_solvency_ratio" / 1000000000000.0 AS "core_solvency_ratio", t."comprehensive_solvency_ratio" / 1000000000000.0 AS "comprehensive_solvency_ratio" FROM "group_filing" AS t WHERE t.is_current;
CREATE VIEW "current_group_filing_line" AS SELECT t."recorded_at", t."source_file", t."source_row", t."group_id", t."period_end", t."basis", t."line", t."amount" / 1000000.0 AS "amount" FROM "group_filing_line" AS t WHERE t.is_current;
CREATE VIEW "current_group_financial" AS SELECT t."recorded_at", t."source_file", t."source_row", t."group_id", t."period_end", t."total_assets" / 1000000.0 AS "total_assets", t."net_assets" / 1000000.0 AS "net_assets", t."income" / 1000000.0 AS "income" FROM "group_financial" AS t WHERE t.is_current;
CREATE VIEW "current_rating" AS SELECT t."recorded_at", t."source_file", t."source_row", t."group_id", t."entity_id", t."period_end", t."integrated_risk_rating" FROM "rating" AS t WHERE t.is_current;
CREATE VIEW "current_assessment" AS SELECT t."recorded_at", t."source_file", t."source_row", t."group_id", t."entity_id", t."period_end", t."sarmra_score" / 1000000000000.0 AS "sarmra_score", t."capped" FROM "assessment" AS t WHERE t.is_current;
CREATE VIEW "current_industry_average" AS SELECT t."recorded_at", t."source_file", t."source_row", t."kind", t."period_end", t."core_solvency_ratio_pct" / 1000000000000.0 AS "core_solvency_ratio_pct", t."comprehensive_solvency_ratio_pct" / 1000000000000.0 AS "comprehensive_solvency_ratio_pct" FROM "industry_average" AS t WHERE t.is_current;
CREATE VIEW "current_statement" AS SELECT t."run_id", t."group_id", t."period_end", t."group_type", t."name", t."explanation" FROM "statement" AS t WHERE t.is_current;
CREATE VIEW "current_statement_line" AS SELECT t."run_id", t."group_id", t."period_end", t."line", t."amount" / 1000000.0 AS "amount", t."unit", t."status", t."article" FROM "statement_line" AS t JOIN statement AS s ON s.run_id = t.run_id AND s.group_id = t.group_id AND s.period_end = t.period_end WHERE s.is_current;
CREATE VIEW "current_group_member" AS SELECT t."run_id", t."group_id", t."period_end", t."entity_id", t."relation", t."share" / 1000000000000.0 AS "share", t."kind", t."jurisdiction", t."equivalent_regime", t."table_name", t."file_name", t."row_number" FROM "group_member" AS t JOIN statement AS s ON s.run_id = t.run_id AND s.group_id = t.group_id AND s.period_end = t.period_end WHERE s.is_current;
CREATE VIEW "current_contribution" AS SELECT t."run_id", t."group_id", t."period_end", t."line", t."entity_id", t."relation", t."share" / 1000000000000.0 AS "share", t."own_amount" / 1000000.0 AS "own_amount", t."amount" / 1000000.0 AS "amount", t."basis", t."table_name", t."file_name", t."row_number", t."column_name", t."article" FROM "contribution" AS t JOIN statement AS s ON s.run_id = t.run_id AND s.group_id = t.group_id AND s.period_end = t.period_end WHERE s.is_current;
CREATE VIEW "current_elimination" AS SELECT t."run_id", t."group_id", t."period_end", t."kind", t."from_id", t."to_id", t."tier", t."amount" / 1000000.0 AS "amount", t."article", t."table_name", t."file_name", t."row_number" FROM "elimination" AS t JOIN statement AS s ON s.run_id = t.run_id AND s.group_id = t.group_id AND s.period_end = t.period_end WHERE s.is_current;
CREATE VIEW "current_reconciliation" AS SELECT t."run_id", t."group_id", t."period_end", t."line", t."computed" / 1000000.0 AS "computed", t."published" / 1000000.0 AS "published", t."difference" / 1000000.0 AS "difference" FROM "reconciliation" AS t JOIN statement AS s ON s.run_id = t.run_id AND s.group_id = t.group_id AND s.period_end = t.period_end WHERE s.is_current;
CREATE VIEW "current_waterfall_step" AS SELECT t."run_id", t."group_id", t."period_end", t."step", t."item", t."entity_id", t."amount" / 1000000.0 AS "amount", t."unit" FROM "waterfall_step" AS t JOIN statement AS s ON s.run_id = t.run_id AND s.group_id = t.group_id AND s.period_end = t.period_end WHERE s.is_current;
CREATE VIEW "current_finding" AS SELECT t."run_id", t."severity", t."code", t."group_id", t."entity_id", t."period_end", t."table_name", t."file_name", t."row_number", t."column_name", t."value", t."expected", t."article", t."message", t."message_zh" FROM "finding" AS t JOIN statement AS s ON s.run_id = t.run_id AND s.group_id = t.group_id AND s.period_end = t.period_end WHERE s.is_current;
CREATE VIEW "current_recomputation" AS SELECT t."run_id", t."entity_id", t."period_end", t."basis", t."item", t."filed", t."recomputed", t."difference", t."within_tolerance", t."article" FROM "recomputation" AS t WHERE t.is_current;
CREATE VIEW "current_concentration" AS SELECT t."run_id", t."group_id", t."period_end", t."test", t."party", t."party_name", t."exposure" / 1000000.0 AS "exposure", t."limit_amount" / 1000000.0 AS "limit_amount", t."charge" / 1000000.0 AS "charge" FROM "concentration" AS t JOIN statement AS s ON s.run_id = t.run_id AND s.group_id = t.group_id AND s.period_end = t.period_end WHERE s.is_current;
COMMIT;
