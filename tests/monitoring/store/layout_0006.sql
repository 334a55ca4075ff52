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
INSERT INTO "account" VALUES(1,'administrator','administrator','administrator',NULL,NULL,'$argon2id$v=19$m=65536,t=3,p=4$2yJHGYhZjiQKOMCiLCqmAQ$sJ/xbkS2RSnOZXD5Nz/jPutDUo7FQ2P4F2HQg460Wac',1,'2026-12-01T19:53:12.153596+00:00','zh','wan',1,'2026-11-28T19:53:12.153596+00:00','console');
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0006');
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
INSERT INTO "assessment" VALUES(1,0,1,'2026-11-28T19:52:46.114281+00:00','assessments.csv',2,'G','','2025-06-30',83000000000000,NULL);
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
INSERT INTO "audit_entry" VALUES(1,'2026-11-28T19:53:12.153596+00:00','console','','account.open','administrator',NULL,'{"given": {"groups": null, "role": "administrator"}}');
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
	charge BIGINT, 
	CONSTRAINT pk_concentration PRIMARY KEY (run_id, position), 
	CONSTRAINT fk_concentration_run_id FOREIGN KEY(run_id) REFERENCES run (id)
);
INSERT INTO "concentration" VALUES(1,0,'G','2025-06-30','guarantee','',0,600000000,0);
INSERT INTO "concentration" VALUES(1,1,'G','2025-12-31','counterparty','K',3000000000,600000000,120000000);
INSERT INTO "concentration" VALUES(1,2,'G','2025-12-31','guarantee','',1600000000,600000000,100000000);
INSERT INTO "concentration" VALUES(1,3,'G','2025-12-31','sector','SWS/钢铁',3000000000,2000000000,50000000);
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
INSERT INTO "contribution" VALUES(1,0,'G','2025-06-30','insurance_members_minimum_capital','L','subsidiary',1000000000000,1000000000,1000000000,'quarterly','solo_filings','solo_filings.csv',2,'minimum_capital','Rule 19 A16, A17(1)');
INSERT INTO "contribution" VALUES(1,1,'G','2025-06-30','insurance_members_minimum_capital','P','subsidiary',1000000000000,1000000000,1000000000,'quarterly','solo_filings','solo_filings.csv',3,'minimum_capital','Rule 19 A16, A17(1)');
INSERT INTO "contribution" VALUES(1,2,'G','2025-12-31','insurance_members_minimum_capital','L','subsidiary',1000000000000,1000000000,1000000000,'quarterly','solo_filings','solo_filings.csv',4,'minimum_capital','Rule 19 A16, A17(1)');
INSERT INTO "contribution" VALUES(1,3,'G','2025-12-31','insurance_members_minimum_capital','P','subsidiary',1000000000000,1000000000,1000000000,'quarterly','solo_filings','solo_filings.csv',5,'minimum_capital','Rule 19 A16, A17(1)');
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
INSERT INTO "entity" VALUES(1,0,1,'2026-11-28T19:52:46.114281+00:00','entities.csv',2,'H','甲控股','holding',NULL,NULL);
INSERT INTO "entity" VALUES(1,1,1,'2026-11-28T19:52:46.114281+00:00','entities.csv',3,'L','甲人寿','life',NULL,NULL);
INSERT INTO "entity" VALUES(1,2,1,'2026-11-28T19:52:46.114281+00:00','entities.csv',4,'P','甲财险','property',NULL,NULL);
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
INSERT INTO "finding" VALUES(1,0,'warning','column-not-given','','',NULL,'solo_filings','solo_filings.csv',1,'credit_risk_minimum_capital','','credit_risk_minimum_capital','','solo_filings.csv has no column credit_risk_minimum_capital; taken as not published','solo_filings.csv 没有列 credit_risk_minimum_capital，按未披露处理');
INSERT INTO "finding" VALUES(1,1,'warning','column-not-given','','',NULL,'solo_filings','solo_filings.csv',1,'diversification_effect','','diversification_effect','','solo_filings.csv has no column diversification_effect; taken as not published','solo_filings.csv 没有列 diversification_effect，按未披露处理');
INSERT INTO "finding" VALUES(1,2,'warning','column-not-given','','',NULL,'solo_filings','solo_filings.csv',1,'life_insurance_risk_minimum_capital','','life_insurance_risk_minimum_capital','','solo_filings.csv has no column life_insurance_risk_minimum_capital; taken as not published','solo_filings.csv 没有列 life_insurance_risk_minimum_capital，按未披露处理');
INSERT INTO "finding" VALUES(1,3,'warning','column-not-given','','',NULL,'solo_filings','solo_filings.csv',1,'loss_absorption_effect','','loss_absorption_effect','','solo_filings.csv has no column loss_absorption_effect; taken as not published','solo_filings.csv 没有列 loss_absorption_effect，按未披露处理');
INSERT INTO "finding" VALUES(1,4,'warning','column-not-given','','',NULL,'solo_filings','solo_filings.csv',1,'market_risk_minimum_capital','','market_risk_minimum_capital','','solo_filings.csv has no column market_risk_minimum_capital; taken as not published','solo_filings.csv 没有列 market_risk_minimum_capital，按未披露处理');
INSERT INTO "finding" VALUES(1,5,'warning','column-not-given','','',NULL,'solo_filings','solo_filings.csv',1,'non_life_insurance_risk_minimum_capital','','non_life_insurance_risk_minimum_capital','','solo_filings.csv has no column non_life_insurance_risk_minimum_capital; taken as not published','solo_filings.csv 没有列 non_life_insurance_risk_minimum_capital，按未披露处理');
INSERT INTO "finding" VALUES(1,6,'warning','assessment-missing','G','','2025-12-31','assessments','',NULL,'','','the score of the latest assessment','Rule 19 A127; Notice 2021-52 一(十一)','group G has no assessment score for 2025-12-31 although it was assessed before; control risk counts as zero; add the latest score to assessments','集团「G」2025-12-31 没有风险管理能力评估得分，但此前已有评估；控制风险最低资本按零计，请补充最近一次评估结果');
INSERT INTO "finding" VALUES(1,7,'info','contagion-table-not-given','G','','2025-06-30','internal_transactions','',NULL,'','','internal_transactions','Rule 19 A24','internal_transactions is not given: the contagion capital of group G for 2025-06-30 is without it','未提供 internal_transactions 表：集团「G」2025-06-30 的风险传染最低资本未包含该部分');
INSERT INTO "finding" VALUES(1,8,'info','contagion-table-not-given','G','','2025-12-31','internal_transactions','',NULL,'','','internal_transactions','Rule 19 A24','internal_transactions is not given: the contagion capital of group G for 2025-12-31 is without it','未提供 internal_transactions 表：集团「G」2025-12-31 的风险传染最低资本未包含该部分');
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
INSERT INTO "flag" VALUES('2025-12-31','2025-06-30','ratio',800000000000,1000000000000,NULL,-200000000,-20000000000000,'amounts','quarterly','Regulation 2021 A8(二)',1,1,NULL,'A26(一); A26(二); A26(三); A26(四)','A26(五); A26(六); A26(七); A26(八); A26(九); A26(十); A26(十一); A26(十二)',1,'entity','P','breach','comprehensive','','acknowledged','2026-11-28T19:52:46.223817+00:00','2026-11-28T19:53:26.639921+00:00','某人',NULL,NULL,-20000000000000);
INSERT INTO "flag" VALUES('2025-12-31','2025-12-31',NULL,NULL,NULL,'C',NULL,NULL,NULL,NULL,'Regulation 2021 A8(三)',1,1,NULL,'A27','',2,'entity','P','breach','rating','','raised','2026-11-28T19:52:46.223817+00:00','2026-11-28T19:52:46.223817+00:00',NULL,NULL,NULL,NULL);
INSERT INTO "flag" VALUES('2025-12-31','2025-06-30','ratio',800000000000,1000000000000,NULL,-200000000,-20000000000000,'amounts','quarterly','Rule 19 A47; Regulation 2021 A8(二)',1,2,NULL,'A26(一); A26(二); A26(三); A26(四)','A26(五); A26(六); A26(七); A26(八); A26(九); A26(十); A26(十一); A26(十二)',3,'group','G','member_breach','comprehensive','P','raised','2026-11-28T19:52:46.223817+00:00','2026-11-28T19:52:46.223817+00:00',NULL,NULL,NULL,NULL);
INSERT INTO "flag" VALUES('2025-12-31','2025-12-31',NULL,NULL,NULL,'C',NULL,NULL,NULL,NULL,'Rule 19 A47; Regulation 2021 A8(三)',1,2,NULL,'A27','',4,'group','G','member_breach','rating','P','raised','2026-11-28T19:52:46.223817+00:00','2026-11-28T19:52:46.223817+00:00',NULL,NULL,NULL,NULL);
INSERT INTO "flag" VALUES('2025-09-30','2025-09-30',NULL,NULL,NULL,'1',NULL,NULL,NULL,NULL,'Rule 18 A76; Notice 2021-52 二(一)1',1,3,NULL,NULL,NULL,5,'entity','L','not_filed','2025-09-30','','raised','2026-11-28T19:52:46.223817+00:00','2026-11-28T19:52:46.223817+00:00',NULL,NULL,NULL,NULL);
INSERT INTO "flag" VALUES('2025-09-30','2025-09-30',NULL,NULL,NULL,'1',NULL,NULL,NULL,NULL,'Rule 18 A76; Notice 2021-52 二(一)1',1,3,NULL,NULL,NULL,6,'entity','P','not_filed','2025-09-30','','raised','2026-11-28T19:52:46.223817+00:00','2026-11-28T19:52:46.223817+00:00',NULL,NULL,NULL,NULL);
INSERT INTO "flag" VALUES('2025-12-31','2025-06-30','ratio',800000000000,1200000000000,NULL,-400000000,-40000000000000,'amounts','quarterly','Regulation 2021 A23',1,4,'breach',NULL,NULL,7,'entity','P','key_check','comprehensive','','raised','2026-11-28T19:52:46.223817+00:00','2026-11-28T19:52:46.223817+00:00',NULL,NULL,NULL,NULL);
INSERT INTO "flag" VALUES('2025-12-31','2025-12-31','ratio',1629955947137,1630456852792,'2.030456852792',-1137056,-50090565500,'statement, amounts','statement','house rule',1,7,NULL,NULL,NULL,8,'group','G','falling','comprehensive_drop','','raised','2026-11-28T19:52:46.223817+00:00','2026-11-28T19:52:46.223817+00:00',NULL,NULL,NULL,NULL);
INSERT INTO "flag" VALUES('2025-12-31','2025-06-30','ratio',800000000000,1500000000000,NULL,-700000000,-70000000000000,'amounts','quarterly','Notice 2021-52 三',1,8,'breach',NULL,NULL,9,'entity','P','watch','comprehensive','','raised','2026-11-28T19:52:46.223817+00:00','2026-11-28T19:52:46.223817+00:00',NULL,NULL,NULL,NULL);
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
INSERT INTO "flag_event" VALUES('2025-12-31','2025-06-30','ratio',800000000000,1000000000000,NULL,-200000000,-20000000000000,'amounts','quarterly','Regulation 2021 A8(二)',1,1,NULL,'A26(一); A26(二); A26(三); A26(四)','A26(五); A26(六); A26(七); A26(八); A26(九); A26(十); A26(十一); A26(十二)',1,1,'2026-11-28T19:52:46.223817+00:00','raised','raised',NULL,NULL,1);
INSERT INTO "flag_event" VALUES('2025-12-31','2025-12-31',NULL,NULL,NULL,'C',NULL,NULL,NULL,NULL,'Regulation 2021 A8(三)',1,1,NULL,'A27','',2,2,'2026-11-28T19:52:46.223817+00:00','raised','raised',NULL,NULL,1);
INSERT INTO "flag_event" VALUES('2025-12-31','2025-06-30','ratio',800000000000,1000000000000,NULL,-200000000,-20000000000000,'amounts','quarterly','Rule 19 A47; Regulation 2021 A8(二)',1,2,NULL,'A26(一); A26(二); A26(三); A26(四)','A26(五); A26(六); A26(七); A26(八); A26(九); A26(十); A26(十一); A26(十二)',3,3,'2026-11-28T19:52:46.223817+00:00','raised','raised',NULL,NULL,1);
INSERT INTO "flag_event" VALUES('2025-12-31','2025-12-31',NULL,NULL,NULL,'C',NULL,NULL,NULL,NULL,'Rule 19 A47; Regulation 2021 A8(三)',1,2,NULL,'A27','',4,4,'2026-11-28T19:52:46.223817+00:00','raised','raised',NULL,NULL,1);
INSERT INTO "flag_event" VALUES('2025-09-30','2025-09-30',NULL,NULL,NULL,'1',NULL,NULL,NULL,NULL,'Rule 18 A76; Notice 2021-52 二(一)1',1,3,NULL,NULL,NULL,5,5,'2026-11-28T19:52:46.223817+00:00','raised','raised',NULL,NULL,1);
INSERT INTO "flag_event" VALUES('2025-09-30','2025-09-30',NULL,NULL,NULL,'1',NULL,NULL,NULL,NULL,'Rule 18 A76; Notice 2021-52 二(一)1',1,3,NULL,NULL,NULL,6,6,'2026-11-28T19:52:46.223817+00:00','raised','raised',NULL,NULL,1);
INSERT INTO "flag_event" VALUES('2025-12-31','2025-06-30','ratio',800000000000,1200000000000,NULL,-400000000,-40000000000000,'amounts','quarterly','Regulation 2021 A23',1,4,'breach',NULL,NULL,7,7,'2026-11-28T19:52:46.223817+00:00','raised','raised',NULL,NULL,1);
INSERT INTO "flag_event" VALUES('2025-12-31','2025-12-31','ratio',1629955947137,1630456852792,'2.030456852792',-1137056,-50090565500,'statement, amounts','statement','house rule',1,7,NULL,NULL,NULL,8,8,'2026-11-28T19:52:46.223817+00:00','raised','raised',NULL,NULL,1);
INSERT INTO "flag_event" VALUES('2025-12-31','2025-06-30','ratio',800000000000,1500000000000,NULL,-700000000,-70000000000000,'amounts','quarterly','Notice 2021-52 三',1,8,'breach',NULL,NULL,9,9,'2026-11-28T19:52:46.223817+00:00','raised','raised',NULL,NULL,1);
INSERT INTO "flag_event" VALUES('2025-12-31','2025-06-30','ratio',800000000000,1000000000000,NULL,-200000000,-20000000000000,'amounts','quarterly','Regulation 2021 A8(二)',1,1,NULL,'A26(一); A26(二); A26(三); A26(四)','A26(五); A26(六); A26(七); A26(八); A26(九); A26(十); A26(十一); A26(十二)',10,1,'2026-11-28T19:53:26.639921+00:00','acknowledged','acknowledged','某人',NULL,NULL);
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
INSERT INTO "group_financial" VALUES(1,0,1,'2026-11-28T19:52:46.114281+00:00','group_financials.csv',2,'G','2024-12-31',20000000000,3000000000,900000000);
INSERT INTO "group_financial" VALUES(1,1,1,'2026-11-28T19:52:46.114281+00:00','group_financials.csv',3,'G','2025-06-30',20000000000,3000000000,900000000);
INSERT INTO "group_financial" VALUES(1,2,1,'2026-11-28T19:52:46.114281+00:00','group_financials.csv',4,'G','2025-12-31',20000000000,3000000000,900000000);
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
INSERT INTO "group_member" VALUES(1,0,'G','2025-06-30','H','parent',1000000000000,'holding','CN',0,'groups','',NULL);
INSERT INTO "group_member" VALUES(1,1,'G','2025-06-30','L','subsidiary',1000000000000,'life','CN',0,'ownership','ownership.csv',2);
INSERT INTO "group_member" VALUES(1,2,'G','2025-06-30','P','subsidiary',1000000000000,'property','CN',0,'ownership','ownership.csv',3);
INSERT INTO "group_member" VALUES(1,3,'G','2025-12-31','H','parent',1000000000000,'holding','CN',0,'groups','',NULL);
INSERT INTO "group_member" VALUES(1,4,'G','2025-12-31','L','subsidiary',1000000000000,'life','CN',0,'ownership','ownership.csv',2);
INSERT INTO "group_member" VALUES(1,5,'G','2025-12-31','P','subsidiary',1000000000000,'property','CN',0,'ownership','ownership.csv',3);
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
INSERT INTO "input_file" VALUES(1,0,'assessments.csv','assessments','1fe30da0bd3e6f718bba92999cc462620d53963fc9ee3fb9ff3fe21b9eeb4df9',60,1);
INSERT INTO "input_file" VALUES(1,1,'counterparties.csv','counterparties','18c066629667d3cfed34daa53bf258edb2202d8ac6f8ab722e53091a500a5406',45,1);
INSERT INTO "input_file" VALUES(1,2,'entities.csv','entities','bec14d676626dd2e6d5fdc2497269296461c8594b0c7390b715f0aaf9a35d912',78,3);
INSERT INTO "input_file" VALUES(1,3,'exposures.csv','exposures','eb76726783c647dd306dada5897973aeb6edf9ae7cf0b9117bc2aded79f87347',132,NULL);
INSERT INTO "input_file" VALUES(1,4,'group_capital.csv','group_capital','9d69e0879810d081e4aa72278e0e3a126acac2d30a8b6778d979668cd2aa52c2',112,4);
INSERT INTO "input_file" VALUES(1,5,'group_financials.csv','group_financials','783c7816c2afc68d06f7daee67cb6f9f2d07fc520bca5e8de6be04d660342c95',135,3);
INSERT INTO "input_file" VALUES(1,6,'groups.csv','groups','51216bc3dd8c00bf3b2969425b9bfbb9ed3baf20f83adc5c1e3f6e5f3effea8f',79,1);
INSERT INTO "input_file" VALUES(1,7,'guarantees.csv','guarantees','fb0dd37f979d728d9b0a6f3288fd04fcc324bb7d9776f12f8df3d5ae2ac53a31',94,1);
INSERT INTO "input_file" VALUES(1,8,'ownership.csv','ownership','59f4a9569a6fc732b1162db07a04a813d9115b324aa55910fe0ca4766b0e9102',103,2);
INSERT INTO "input_file" VALUES(1,9,'ratings.csv','ratings','29ce9b5c67eb4529bf141e1207016392348277f2a6ee6f0b98f582151a307ca6',69,1);
INSERT INTO "input_file" VALUES(1,10,'solo_filings.csv','solo_filings','2778bb31334a965bd24adb8eeaf967f57def01950b1e7904e89eacb89a00b05b',687,4);
CREATE TABLE input_set (
	id INTEGER NOT NULL, 
	data_hash VARCHAR NOT NULL, 
	layout VARCHAR NOT NULL, 
	recorded_at VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_input_set PRIMARY KEY (id)
);
INSERT INTO "input_set" VALUES(1,'80621384753ad5e5afa6ac7db413fe6a9454b56bca5ac6ccbbc44870e3eda1e7','0006','2026-11-28T19:52:46.114281+00:00');
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
	parent_id VARCHAR, 
	CONSTRAINT pk_insurance_group PRIMARY KEY (input_set_id, position), 
	CONSTRAINT fk_insurance_group_input_set_id FOREIGN KEY(input_set_id) REFERENCES input_set (id)
);
INSERT INTO "insurance_group" VALUES(1,0,1,'2026-11-28T19:52:46.114281+00:00','groups.csv',2,'G','甲集团','Jia Group','insurance_holding','H');
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
	changed_at VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_obligation PRIMARY KEY (id), 
	CONSTRAINT uq_obligation_cause UNIQUE (cause)
);
INSERT INTO "obligation" VALUES(1,'solo-audited-q4','L','甲人寿','insurer','2026-12-31',1,NULL,NULL,NULL,'Rule 18 A76; Rule 18 A78','2027-04-30','2027-04-30',1,'2027-04-30','upcoming','2027-03-31',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(2,'solo-audited-q4','P','甲财险','insurer','2026-12-31',1,NULL,NULL,NULL,'Rule 18 A76; Rule 18 A78','2027-04-30','2027-04-30',1,'2027-04-30','upcoming','2027-03-31',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(3,'solo-capital-plan','L','甲人寿','insurer','2026-12-31',1,NULL,NULL,NULL,'Rule 14 A28; Rule 14 A7','2027-05-31','2027-05-31',1,'2027-05-31','upcoming','2027-05-01',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(4,'solo-capital-plan','P','甲财险','insurer','2026-12-31',1,NULL,NULL,NULL,'Rule 14 A28; Rule 14 A7','2027-05-31','2027-05-31',1,'2027-05-31','upcoming','2027-05-01',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(5,'solo-flash','L','甲人寿','insurer','2026-12-31',1,NULL,NULL,NULL,'Rule 18 A76; Notice 2021-52 二(一)1','2027-01-12','2027-01-12',1,'2027-01-12','upcoming','2026-12-13',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(6,'solo-flash','L','甲人寿','insurer','2027-03-31',1,NULL,NULL,NULL,'Rule 18 A76; Notice 2021-52 二(一)1','2027-04-12','2027-04-12',1,'2027-04-12','upcoming','2027-03-13',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(7,'solo-flash','L','甲人寿','insurer','2027-06-30',1,NULL,NULL,NULL,'Rule 18 A76; Notice 2021-52 二(一)1','2027-07-12','2027-07-12',1,'2027-07-12','upcoming','2027-06-12',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(8,'solo-flash','L','甲人寿','insurer','2027-09-30',1,NULL,NULL,NULL,'Rule 18 A76; Notice 2021-52 二(一)1','2027-10-12','2027-10-12',1,'2027-10-12','upcoming','2027-09-12',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(9,'solo-flash','P','甲财险','insurer','2026-12-31',1,NULL,NULL,NULL,'Rule 18 A76; Notice 2021-52 二(一)1','2027-01-12','2027-01-12',1,'2027-01-12','upcoming','2026-12-13',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(10,'solo-flash','P','甲财险','insurer','2027-03-31',1,NULL,NULL,NULL,'Rule 18 A76; Notice 2021-52 二(一)1','2027-04-12','2027-04-12',1,'2027-04-12','upcoming','2027-03-13',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(11,'solo-flash','P','甲财险','insurer','2027-06-30',1,NULL,NULL,NULL,'Rule 18 A76; Notice 2021-52 二(一)1','2027-07-12','2027-07-12',1,'2027-07-12','upcoming','2027-06-12',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(12,'solo-flash','P','甲财险','insurer','2027-09-30',1,NULL,NULL,NULL,'Rule 18 A76; Notice 2021-52 二(一)1','2027-10-12','2027-10-12',1,'2027-10-12','upcoming','2027-09-12',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(13,'solo-quarterly-disclosure','L','甲人寿','insurer','2026-12-31',1,NULL,NULL,NULL,'Rule 15 A11; Securities Law A79','2027-01-30','2027-01-29',1,'2027-01-30','upcoming','2026-12-31',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(14,'solo-quarterly-disclosure','L','甲人寿','insurer','2027-03-31',1,NULL,NULL,NULL,'Rule 15 A11; Securities Law A79','2027-04-30','2027-04-30',1,'2027-04-30','upcoming','2027-03-31',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(15,'solo-quarterly-disclosure','L','甲人寿','insurer','2027-06-30',1,NULL,NULL,NULL,'Rule 15 A11; Securities Law A79','2027-07-30','2027-07-30',1,'2027-07-30','upcoming','2027-06-30',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(16,'solo-quarterly-disclosure','L','甲人寿','insurer','2027-09-30',1,NULL,NULL,NULL,'Rule 15 A11; Securities Law A79','2027-10-30','2027-10-29',1,'2027-10-30','upcoming','2027-09-30',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(17,'solo-quarterly-disclosure','P','甲财险','insurer','2026-12-31',1,NULL,NULL,NULL,'Rule 15 A11; Securities Law A79','2027-01-30','2027-01-29',1,'2027-01-30','upcoming','2026-12-31',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(18,'solo-quarterly-disclosure','P','甲财险','insurer','2027-03-31',1,NULL,NULL,NULL,'Rule 15 A11; Securities Law A79','2027-04-30','2027-04-30',1,'2027-04-30','upcoming','2027-03-31',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(19,'solo-quarterly-disclosure','P','甲财险','insurer','2027-06-30',1,NULL,NULL,NULL,'Rule 15 A11; Securities Law A79','2027-07-30','2027-07-30',1,'2027-07-30','upcoming','2027-06-30',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(20,'solo-quarterly-disclosure','P','甲财险','insurer','2027-09-30',1,NULL,NULL,NULL,'Rule 15 A11; Securities Law A79','2027-10-30','2027-10-29',1,'2027-10-30','upcoming','2027-09-30',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(21,'solo-quarterly-report','L','甲人寿','insurer','2026-12-31',1,NULL,NULL,NULL,'Rule 18 A76; Notice 2021-52 二(一)1','2027-01-25','2027-01-25',1,'2027-01-25','upcoming','2026-12-26',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(22,'solo-quarterly-report','L','甲人寿','insurer','2027-03-31',1,NULL,NULL,NULL,'Rule 18 A76; Notice 2021-52 二(一)1','2027-04-25','2027-04-23',1,'2027-04-25','upcoming','2027-03-26',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(23,'solo-quarterly-report','L','甲人寿','insurer','2027-06-30',1,NULL,NULL,NULL,'Rule 18 A76; Notice 2021-52 二(一)1','2027-07-25','2027-07-23',1,'2027-07-25','upcoming','2027-06-25',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(24,'solo-quarterly-report','L','甲人寿','insurer','2027-09-30',1,NULL,NULL,NULL,'Rule 18 A76; Notice 2021-52 二(一)1','2027-10-25','2027-10-25',1,'2027-10-25','upcoming','2027-09-25',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(25,'solo-quarterly-report','P','甲财险','insurer','2026-12-31',1,NULL,NULL,NULL,'Rule 18 A76; Notice 2021-52 二(一)1','2027-01-25','2027-01-25',1,'2027-01-25','upcoming','2026-12-26',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(26,'solo-quarterly-report','P','甲财险','insurer','2027-03-31',1,NULL,NULL,NULL,'Rule 18 A76; Notice 2021-52 二(一)1','2027-04-25','2027-04-23',1,'2027-04-25','upcoming','2027-03-26',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(27,'solo-quarterly-report','P','甲财险','insurer','2027-06-30',1,NULL,NULL,NULL,'Rule 18 A76; Notice 2021-52 二(一)1','2027-07-25','2027-07-23',1,'2027-07-25','upcoming','2027-06-25',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(28,'solo-quarterly-report','P','甲财险','insurer','2027-09-30',1,NULL,NULL,NULL,'Rule 18 A76; Notice 2021-52 二(一)1','2027-10-25','2027-10-25',1,'2027-10-25','upcoming','2027-09-25',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(29,'solo-stress-test','L','甲人寿','insurer','2026-12-31',1,NULL,NULL,NULL,'Rule 10 A36; Notice 2021-52 二(一)2','2027-05-31','2027-05-31',1,'2027-05-31','upcoming','2027-05-01',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(30,'solo-stress-test','P','甲财险','insurer','2026-12-31',1,NULL,NULL,NULL,'Rule 10 A36; Notice 2021-52 二(一)2','2027-05-31','2027-05-31',1,'2027-05-31','upcoming','2027-05-01',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(31,'supervisor-bulletin','supervisor','国家金融监督管理总局','supervisor','2026-12-31',1,NULL,NULL,NULL,'Rule 16 A5','2027-03-31','2027-03-31',1,'2027-03-31','upcoming','2027-03-01',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(32,'supervisor-bulletin','supervisor','国家金融监督管理总局','supervisor','2027-06-30',1,NULL,NULL,NULL,'Rule 16 A5','2027-09-30','2027-09-30',1,'2027-09-30','upcoming','2027-08-31',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(33,'supervisor-parameters','supervisor','国家金融监督管理总局','supervisor','2026-12-31',1,NULL,NULL,NULL,'Notice 2021-52 一(六); Notice 2021-52 一(八)','2027-01-08','2027-01-08',1,'2027-01-08','upcoming','2026-12-09',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(34,'supervisor-parameters','supervisor','国家金融监督管理总局','supervisor','2027-03-31',1,NULL,NULL,NULL,'Notice 2021-52 一(六); Notice 2021-52 一(八)','2027-04-08','2027-04-08',1,'2027-04-08','upcoming','2027-03-09',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(35,'supervisor-parameters','supervisor','国家金融监督管理总局','supervisor','2027-06-30',1,NULL,NULL,NULL,'Notice 2021-52 一(六); Notice 2021-52 一(八)','2027-07-08','2027-07-08',1,'2027-07-08','upcoming','2027-06-08',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
INSERT INTO "obligation" VALUES(36,'supervisor-parameters','supervisor','国家金融监督管理总局','supervisor','2027-09-30',1,NULL,NULL,NULL,'Notice 2021-52 一(六); Notice 2021-52 一(八)','2027-10-08','2027-10-08',1,'2027-10-08','upcoming','2027-09-08',NULL,NULL,NULL,1,'2026-11-28T19:53:01.780000+00:00');
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
INSERT INTO "obligation_roll" VALUES(1,'0804d939c1a0403ae31ce6ffd53ca25f8b588343981fecaae7b0d4173c91a563','2026-11-29','2027-12-31','2026-11-28T19:53:01.780000+00:00','{"companies": {}, "groups": {}, "track_from": null}');
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
INSERT INTO "ownership_stake" VALUES(1,0,1,'2026-11-28T19:52:46.114281+00:00','ownership.csv',2,'H','L','2020-01-01',NULL,800000000000,'subsidiary',NULL);
INSERT INTO "ownership_stake" VALUES(1,1,1,'2026-11-28T19:52:46.114281+00:00','ownership.csv',3,'H','P','2020-01-01',NULL,1000000000000,'subsidiary',NULL);
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
INSERT INTO "rating" VALUES(1,0,1,'2026-11-28T19:52:46.114281+00:00','ratings.csv',2,'','P','2025-12-31','C');
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
INSERT INTO "recomputation" VALUES(1,0,1,'L','2025-06-30','quarterly','diversification_effect',NULL,NULL,NULL,NULL,'Rule 2 A15–A18');
INSERT INTO "recomputation" VALUES(1,1,1,'L','2025-06-30','quarterly','size_coefficient',NULL,0.9,NULL,NULL,'金规〔2023〕5号 一(二)');
INSERT INTO "recomputation" VALUES(1,2,1,'L','2025-06-30','quarterly','quantifiable_risk_minimum_capital',1000.0,NULL,NULL,NULL,'Rule 2 A15; 金规〔2023〕5号 一(二)');
INSERT INTO "recomputation" VALUES(1,3,1,'L','2025-06-30','quarterly','control_risk_minimum_capital',0.0,NULL,NULL,NULL,'Rule 12 A120');
INSERT INTO "recomputation" VALUES(1,4,1,'L','2025-06-30','quarterly','minimum_capital',1000.0,1000.0,0.0,1,'Rule 2 A5');
INSERT INTO "recomputation" VALUES(1,5,1,'L','2025-06-30','quarterly','actual_capital',3000.0,3000.0,0.0,1,'Rule 1 A2');
INSERT INTO "recomputation" VALUES(1,6,1,'L','2025-06-30','quarterly','sum_of_tiers',3000.0,3000.0,0.0,1,'Rule 1 A2');
INSERT INTO "recomputation" VALUES(1,7,1,'L','2025-06-30','quarterly','core_surplus',1500.0,1500.0,0.0,1,'Regulation 2021 A8');
INSERT INTO "recomputation" VALUES(1,8,1,'L','2025-06-30','quarterly','comprehensive_surplus',2000.0,2000.0,0.0,1,'Regulation 2021 A8');
INSERT INTO "recomputation" VALUES(1,9,1,'L','2025-06-30','quarterly','core_solvency_ratio',2.5,2.5,0.0,1,'Regulation 2021 A6, A8');
INSERT INTO "recomputation" VALUES(1,10,1,'L','2025-06-30','quarterly','comprehensive_solvency_ratio',3.0,3.0,0.0,1,'Regulation 2021 A6, A8');
INSERT INTO "recomputation" VALUES(1,11,1,'L','2025-12-31','quarterly','diversification_effect',NULL,NULL,NULL,NULL,'Rule 2 A15–A18');
INSERT INTO "recomputation" VALUES(1,12,1,'L','2025-12-31','quarterly','size_coefficient',NULL,0.9,NULL,NULL,'金规〔2023〕5号 一(二)');
INSERT INTO "recomputation" VALUES(1,13,1,'L','2025-12-31','quarterly','quantifiable_risk_minimum_capital',1000.0,NULL,NULL,NULL,'Rule 2 A15; 金规〔2023〕5号 一(二)');
INSERT INTO "recomputation" VALUES(1,14,1,'L','2025-12-31','quarterly','control_risk_minimum_capital',0.0,NULL,NULL,NULL,'Rule 12 A120');
INSERT INTO "recomputation" VALUES(1,15,1,'L','2025-12-31','quarterly','minimum_capital',1000.0,1000.0,0.0,1,'Rule 2 A5');
INSERT INTO "recomputation" VALUES(1,16,1,'L','2025-12-31','quarterly','actual_capital',2900.0,2900.0,0.0,1,'Rule 1 A2');
INSERT INTO "recomputation" VALUES(1,17,1,'L','2025-12-31','quarterly','sum_of_tiers',2900.0,2900.0,0.0,1,'Rule 1 A2');
INSERT INTO "recomputation" VALUES(1,18,1,'L','2025-12-31','quarterly','core_surplus',1400.0,1400.0,0.0,1,'Regulation 2021 A8');
INSERT INTO "recomputation" VALUES(1,19,1,'L','2025-12-31','quarterly','comprehensive_surplus',1900.0,1900.0,0.0,1,'Regulation 2021 A8');
INSERT INTO "recomputation" VALUES(1,20,1,'L','2025-12-31','quarterly','core_solvency_ratio',2.4,2.4,0.0,1,'Regulation 2021 A6, A8');
INSERT INTO "recomputation" VALUES(1,21,1,'L','2025-12-31','quarterly','comprehensive_solvency_ratio',2.9,2.9,0.0,1,'Regulation 2021 A6, A8');
INSERT INTO "recomputation" VALUES(1,22,1,'P','2025-06-30','quarterly','diversification_effect',NULL,NULL,NULL,NULL,'Rule 2 A15–A18');
INSERT INTO "recomputation" VALUES(1,23,1,'P','2025-06-30','quarterly','size_coefficient',NULL,0.9,NULL,NULL,'金规〔2023〕5号 一(一)');
INSERT INTO "recomputation" VALUES(1,24,1,'P','2025-06-30','quarterly','quantifiable_risk_minimum_capital',980.0,NULL,NULL,NULL,'Rule 2 A15; 金规〔2023〕5号 一(一)');
INSERT INTO "recomputation" VALUES(1,25,1,'P','2025-06-30','quarterly','control_risk_minimum_capital',20.0,NULL,NULL,NULL,'Rule 12 A120');
INSERT INTO "recomputation" VALUES(1,26,1,'P','2025-06-30','quarterly','minimum_capital',1000.0,1000.0,0.0,1,'Rule 2 A5');
INSERT INTO "recomputation" VALUES(1,27,1,'P','2025-06-30','quarterly','actual_capital',900.0,900.0,0.0,1,'Rule 1 A2');
INSERT INTO "recomputation" VALUES(1,28,1,'P','2025-06-30','quarterly','sum_of_tiers',900.0,900.0,0.0,1,'Rule 1 A2');
INSERT INTO "recomputation" VALUES(1,29,1,'P','2025-06-30','quarterly','core_surplus',-100.0,-100.0,0.0,1,'Regulation 2021 A8');
INSERT INTO "recomputation" VALUES(1,30,1,'P','2025-06-30','quarterly','comprehensive_surplus',-100.0,-100.0,0.0,1,'Regulation 2021 A8');
INSERT INTO "recomputation" VALUES(1,31,1,'P','2025-06-30','quarterly','core_solvency_ratio',0.9,0.9,0.0,1,'Regulation 2021 A6, A8');
INSERT INTO "recomputation" VALUES(1,32,1,'P','2025-06-30','quarterly','comprehensive_solvency_ratio',0.9,0.9,0.0,1,'Regulation 2021 A6, A8');
INSERT INTO "recomputation" VALUES(1,33,1,'P','2025-12-31','quarterly','diversification_effect',NULL,NULL,NULL,NULL,'Rule 2 A15–A18');
INSERT INTO "recomputation" VALUES(1,34,1,'P','2025-12-31','quarterly','size_coefficient',NULL,0.9,NULL,NULL,'金规〔2023〕5号 一(一)');
INSERT INTO "recomputation" VALUES(1,35,1,'P','2025-12-31','quarterly','quantifiable_risk_minimum_capital',980.0,NULL,NULL,NULL,'Rule 2 A15; 金规〔2023〕5号 一(一)');
INSERT INTO "recomputation" VALUES(1,36,1,'P','2025-12-31','quarterly','control_risk_minimum_capital',20.0,NULL,NULL,NULL,'Rule 12 A120');
INSERT INTO "recomputation" VALUES(1,37,1,'P','2025-12-31','quarterly','minimum_capital',1000.0,1000.0,0.0,1,'Rule 2 A5');
INSERT INTO "recomputation" VALUES(1,38,1,'P','2025-12-31','quarterly','actual_capital',800.0,800.0,0.0,1,'Rule 1 A2');
INSERT INTO "recomputation" VALUES(1,39,1,'P','2025-12-31','quarterly','sum_of_tiers',800.0,800.0,0.0,1,'Rule 1 A2');
INSERT INTO "recomputation" VALUES(1,40,1,'P','2025-12-31','quarterly','core_surplus',-200.0,-200.0,0.0,1,'Regulation 2021 A8');
INSERT INTO "recomputation" VALUES(1,41,1,'P','2025-12-31','quarterly','comprehensive_surplus',-200.0,-200.0,0.0,1,'Regulation 2021 A8');
INSERT INTO "recomputation" VALUES(1,42,1,'P','2025-12-31','quarterly','core_solvency_ratio',0.8,0.8,0.0,1,'Regulation 2021 A6, A8');
INSERT INTO "recomputation" VALUES(1,43,1,'P','2025-12-31','quarterly','comprehensive_solvency_ratio',0.8,0.8,0.0,1,'Regulation 2021 A6, A8');
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
INSERT INTO "run" VALUES(1,'2026-11-28T19:52:45.330083+00:00','2026-11-28T19:52:46.114281+00:00','officer','filings','complete',1,'285b6a128692b872451ae03cbe5d8ba338caca714cdab0c5f84217eac8ee00d4',NULL,'0.1.0','{"group": null, "period": null, "quarterly": false, "scheduler": null, "set": "filings", "what_if": null, "workers": null}','2026-11-28T19:52:46.114281+00:00',1,NULL,NULL,NULL,NULL,NULL,NULL,2,4,0,7);
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
	rules VARCHAR, 
	CONSTRAINT pk_solo_filing PRIMARY KEY (input_set_id, position), 
	CONSTRAINT fk_solo_filing_input_set_id FOREIGN KEY(input_set_id) REFERENCES input_set (id)
);
INSERT INTO "solo_filing" VALUES(1,0,1,'2026-11-28T19:52:46.114281+00:00','solo_filings.csv',2,'L','2025-06-30','quarterly','life',15000000000,12000000000,3000000000,2500000000,0,500000000,0,1000000000,1000000000,NULL,NULL,NULL,NULL,NULL,NULL,0,1500000000,2000000000,2500000000000,3000000000000,NULL,NULL,NULL);
INSERT INTO "solo_filing" VALUES(1,1,1,'2026-11-28T19:52:46.114281+00:00','solo_filings.csv',3,'P','2025-06-30','quarterly','property',5000000000,4100000000,900000000,900000000,0,0,0,1000000000,980000000,NULL,NULL,NULL,NULL,NULL,NULL,20000000,-100000000,-100000000,900000000000,900000000000,NULL,NULL,NULL);
INSERT INTO "solo_filing" VALUES(1,2,1,'2026-11-28T19:52:46.114281+00:00','solo_filings.csv',4,'L','2025-12-31','quarterly','life',15000000000,12100000000,2900000000,2400000000,0,500000000,0,1000000000,1000000000,NULL,NULL,NULL,NULL,NULL,NULL,0,1400000000,1900000000,2400000000000,2900000000000,NULL,NULL,NULL);
INSERT INTO "solo_filing" VALUES(1,3,1,'2026-11-28T19:52:46.114281+00:00','solo_filings.csv',5,'P','2025-12-31','quarterly','property',5000000000,4200000000,800000000,800000000,0,0,0,1000000000,980000000,NULL,NULL,NULL,NULL,NULL,NULL,20000000,-200000000,-200000000,800000000000,800000000000,NULL,NULL,NULL);
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
INSERT INTO "statement" VALUES(1,0,1,'G','2025-06-30','insurance_holding','甲集团','{"group_id": "G", "name": "甲集团", "group_type": "insurance_holding", "period_end": "2025-06-30", "lines": {"actual_capital": {"line": "actual_capital", "amount": "4000.000000", "unit": "万元", "status": "computed", "formula": "(38) = (1) + (18) + (26) + (34)", "article": "Rule 19 A37, A38", "inputs": [{"line": "core_tier1_capital", "sign": "+"}, {"line": "core_tier2_capital", "sign": "+"}, {"line": "supplementary_tier1_capital", "sign": "+"}, {"line": "supplementary_tier2_capital", "sign": "+"}]}, "core_tier1_capital": {"line": "core_tier1_capital", "amount": "3500.000000", "unit": "万元", "status": "computed", "formula": "(1) = (2) + (3) + (13) + (14) + (15) + (16) + (17)", "article": "Rule 19 A37, A38", "inputs": [{"step": "annex10.capital.2", "amount": "3500", "unit": "万元", "formula": "", "article": "Rule 19 A37, A38", "note": "", "inputs": [{"cell": "amount", "table": "group_capital", "key": {"group_id": "G", "period_end": "2025-06-30", "line": "2"}, "file": "group_capital.csv", "row": 2, "value": "3500"}]}]}, "core_tier2_capital": {"line": "core_tier2_capital", "amount": "0.000000", "unit": "万元", "status": "computed", "formula": "(18) = (19) + (24) + (25)", "article": "Rule 19 A37, A38", "inputs": []}, "supplementary_tier1_capital": {"line": "supplementary_tier1_capital", "amount": "500.000000", "unit": "万元", "status": "computed", "formula": "(26) = (27) + (28) + (29) + (30) + (31) + (32) − (33)", "article": "Rule 19 A37, A38", "inputs": [{"step": "annex10.capital.28", "amount": "500", "unit": "万元", "formula": "", "article": "Rule 19 A37, A38", "note": "", "inputs": [{"cell": "amount", "table": "group_capital", "key": {"group_id": "G", "period_end": "2025-06-30", "line": "28"}, "file": "group_capital.csv", "row": 3, "value": "500"}]}]}, "supplementary_tier2_capital": {"line": "supplementary_tier2_capital", "amount": "0.000000", "unit": "万元", "status": "computed", "formula": "(34) = (35) + (36) − (37)", "article": "Rule 19 A37, A38", "inputs": []}, "minimum_capital": {"line": "minimum_capital", "amount": "1970.000000", "unit": "万元", "status": "computed", "formula": "quantifiable + control risk + add-on", "article": "Rule 19 A15", "inputs": [{"line": "quantifiable_risk_minimum_capital", "sign": "+"}, {"line": "control_risk_minimum_capital", "sign": "+"}, {"line": "add_on_capital", "sign": "+"}]}, "quantifiable_risk_minimum_capital": {"line": "quantifiable_risk_minimum_capital", "amount": "2000.000000", "unit": "万元", "status": "computed", "formula": "members + group-specific − diversification", "article": "Rule 19 A16", "inputs": [{"line": "parent_minimum_capital", "sign": "+"}, {"line": "insurance_members_minimum_capital", "sign": "+"}, {"line": "bank_members_minimum_capital", "sign": "+"}, {"line": "securities_members_minimum_capital", "sign": "+"}, {"line": "trust_members_minimum_capital", "sign": "+"}, {"line": "other_members_minimum_capital", "sign": "+"}, {"line": "group_specific_risk_minimum_capital", "sign": "+"}, {"line": "diversification_reduction", "sign": "−"}]}, "parent_minimum_capital": {"line": "parent_minimum_capital", "amount": "0.000000", "unit": "万元", "status": "computed", "formula": "Σ share × the member''s own minimum capital", "article": "Rule 19 A16, A17(1)", "inputs": [{"members": "parent_minimum_capital"}]}, "insurance_members_minimum_capital": {"line": "insurance_members_minimum_capital", "amount": "2000.000000", "unit": "万元", "status": "computed", "formula": "Σ share × the member''s own minimum capital", "article": "Rule 19 A16, A17(1)(2), A18", "inputs": [{"members": "insurance_members_minimum_capital"}]}, "bank_members_minimum_capital": {"line": "bank_members_minimum_capital", "amount": "0.000000", "unit": "万元", "status": "computed", "formula": "Σ share × the member''s own minimum capital", "article": "Rule 19 A16, A17(3)", "inputs": [{"members": "bank_members_minimum_capital"}]}, "securities_members_minimum_capital": {"line": "securities_members_minimum_capital", "amount": "0.000000", "unit": "万元", "status": "computed", "formula": "Σ share × the member''s own minimum capital", "article": "Rule 19 A16, A17(3)", "inputs": [{"members": "securities_members_minimum_capital"}]}, "trust_members_minimum_capital": {"line": "trust_members_minimum_capital", "amount": "0.000000", "unit": "万元", "status": "computed", "formula": "Σ share × the member''s own minimum capital", "article": "Rule 19 A16, A17(3)", "inputs": [{"members": "trust_members_minimum_capital"}]}, "other_members_minimum_capital": {"line": "other_members_minimum_capital", "amount": "0.000000", "unit": "万元", "status": "computed", "formula": "Σ share × the member''s own minimum capital", "article": "Rule 19 A16, A17(4)(5)", "inputs": [{"members": "other_members_minimum_capital"}]}, "group_specific_risk_minimum_capital": {"line": "group_specific_risk_minimum_capital", "amount": "0.000000", "unit": "万元", "status": "computed", "formula": "contagion + concentration", "article": "Rule 19 A20", "inputs": [{"line": "contagion_risk_minimum_capital", "sign": "+"}, {"line": "concentration_risk_minimum_capital", "sign": "+"}]}, "contagion_risk_minimum_capital": {"line": "contagion_risk_minimum_capital", "amount": "0.000000", "unit": "万元", "status": "computed", "formula": "guarantees + other transactions (internal_transactions not given)", "article": "Rule 19 A22–A24", "inputs": [{"step": "guarantee_charge", "amount": "0", "unit": "万元", "formula": "above limit × RF0 × (1 + K)", "article": "Rule 19 A23", "note": "", "inputs": [{"step": "above_limit", "amount": "0", "unit": "万元", "formula": "material − limit, at least 0", "article": "Rule 19 A23", "note": "", "inputs": [{"step": "material_total", "amount": "0", "unit": "万元", "formula": "Σ material guarantees", "article": "Rule 19 A23", "note": "", "inputs": [{"rule": "contagion.materiality_amount", "value": "500", "unit": "万元", "article": "Rule 19 A23; Rule 19 A24", "from": "2022-01-01"}]}, {"step": "limit", "amount": "600", "unit": "万元", "formula": "share × net assets", "article": "Rule 19 A23", "note": "", "inputs": [{"rule": "contagion.limit", "value": "0.2", "unit": "ratio", "article": "Rule 19 A23; Rule 19 A24", "from": "2022-01-01"}, {"cell": "net_assets", "table": "group_financials", "key": {"group_id": "G", "period_end": "2025-06-30"}, "file": "group_financials.csv", "row": 3, "value": "3000"}]}]}, {"rule": "contagion.guarantee_base_factor", "value": "0.1", "unit": "factor", "article": "Rule 19 A23", "from": "2022-01-01"}, {"step": "characteristic_factor", "amount": "0", "unit": "ratio", "formula": "k1 + k2, held to -0.25 … 0.25", "article": "Rule 19 A21", "note": "", "inputs": [{"step": "k1", "amount": "0", "unit": "ratio", "formula": "a bank in the group", "article": "Rule 19 A23, A24", "note": "–", "inputs": [{"rule": "contagion.k1_with_bank", "value": "0.1", "unit": "factor", "article": "Rule 19 A23; Rule 19 A24", "from": "2022-01-01"}]}, {"step": "k2", "amount": "0", "unit": "ratio", "formula": "by type of group", "article": "Rule 19 A23, A24", "note": "insurance_holding", "inputs": [{"rule": "contagion.k2", "value": "{insurance_holding: 0, non_insurance_holding: 0.1, mixed: 0.2}", "unit": "factor", "article": "Rule 19 A23; Rule 19 A24", "from": "2022-01-01"}]}, {"rule": "characteristic.minimum", "value": "-0.25", "unit": "factor", "article": "Rule 19 A21", "from": "2022-01-01"}, {"rule": "characteristic.maximum", "value": "0.25", "unit": "factor", "article": "Rule 19 A21", "from": "2022-01-01"}]}]}]}, "concentration_risk_minimum_capital": {"line": "concentration_risk_minimum_capital", "amount": "0.000000", "unit": "万元", "status": "no data", "formula": "√((counterparty + sector)² + customer²)", "article": "Rule 19 A25", "inputs": [{"line": "counterparty_concentration_minimum_capital", "sign": "+"}, {"line": "sector_concentration_minimum_capital", "sign": "+"}, {"line": "customer_concentration_minimum_capital", "sign": "+"}]}, "counterparty_concentration_minimum_capital": {"line": "counterparty_concentration_minimum_capital", "amount": "0.000000", "unit": "万元", "status": "no data", "formula": "needs exposures of the group''s companies", "article": "Rule 19 A26–A28", "inputs": []}, "sector_concentration_minimum_capital": {"line": "sector_concentration_minimum_capital", "amount": "0.000000", "unit": "万元", "status": "no data", "formula": "needs exposures of the group''s companies", "article": "Rule 19 A29–A31", "inputs": []}, "customer_concentration_minimum_capital": {"line": "customer_concentration_minimum_capital", "amount": "0.000000", "unit": "万元", "status": "no data", "formula": "needs customer_income of the group''s companies", "article": "Rule 19 A32–A33", "inputs": []}, "concentration_diversification_effect": {"line": "concentration_diversification_effect", "amount": "0.000000", "unit": "万元", "status": "no data", "formula": "counterparty + sector + customer − concentration", "article": "Rule 19 A25; Annex 10", "inputs": [{"line": "counterparty_concentration_minimum_capital", "sign": "+"}, {"line": "sector_concentration_minimum_capital", "sign": "+"}, {"line": "customer_concentration_minimum_capital", "sign": "+"}, {"line": "concentration_risk_minimum_capital", "sign": "−"}]}, "diversification_reduction": {"line": "diversification_reduction", "amount": "0.000000", "unit": "万元", "status": "computed", "formula": "rate × the sum before it", "article": "Rule 19 A34; Notice 2021-52 一(十三)", "inputs": [{"rule": "diversification_reduction.rate", "value": "0", "unit": "ratio", "article": "Rule 19 A34; Notice 2021-52 一(十三)", "from": "2022-01-01"}, {"line": "parent_minimum_capital", "sign": "+"}, {"line": "insurance_members_minimum_capital", "sign": "+"}, {"line": "bank_members_minimum_capital", "sign": "+"}, {"line": "securities_members_minimum_capital", "sign": "+"}, {"line": "trust_members_minimum_capital", "sign": "+"}, {"line": "other_members_minimum_capital", "sign": "+"}, {"line": "group_specific_risk_minimum_capital", "sign": "+"}]}, "control_risk_minimum_capital": {"line": "control_risk_minimum_capital", "amount": "-30.000000", "unit": "万元", "status": "computed", "formula": "Q × quantifiable", "article": "Rule 19 A127", "inputs": [{"step": "control_risk_factor", "amount": "-0.015", "unit": "ratio", "formula": "Q(S) at S = 83", "article": "Rule 19 A127", "note": "", "inputs": [{"cell": "sarmra_score", "table": "assessments", "key": {"group_id": "G", "period_end": "2025-06-30"}, "file": "assessments.csv", "row": 2, "value": "83"}, {"rule": "control_risk.segments", "value": "[{up_to: 70, slope: -0.01, intercept: 0.75}, {up_to: 90, slope: -0.005, intercept: 0.4}, {up_to: 100, slope: -0.01, intercept: 0.85}]", "unit": "factor by score", "article": "Rule 19 A127", "from": "2022-01-01"}]}, {"line": "quantifiable_risk_minimum_capital", "sign": "×"}]}, "add_on_capital": {"line": "add_on_capital", "amount": "0.000000", "unit": "万元", "status": "computed", "formula": "rate × quantifiable", "article": "Rule 19 A36; Notice 2021-52 一(十三)", "inputs": [{"rule": "add_on_capital.rate", "value": "0", "unit": "ratio", "article": "Rule 19 A36; Notice 2021-52 一(十三)", "from": "2022-01-01"}, {"line": "quantifiable_risk_minimum_capital", "sign": "×"}]}, "core_solvency_surplus": {"line": "core_solvency_surplus", "amount": "2515.000000", "unit": "万元", "status": "computed", "formula": "core tier 1 + core tier 2 − limit × minimum capital", "article": "Rule 19 A12; Annex 10", "inputs": [{"line": "core_tier1_capital", "sign": "+"}, {"line": "core_tier2_capital", "sign": "+"}, {"line": "minimum_capital", "sign": "−"}, {"rule": "solvency.core_minimum_ratio", "value": "0.5", "unit": "ratio", "article": "Rule 19 A12(一)", "from": "2022-01-01"}]}, "core_solvency_ratio": {"line": "core_solvency_ratio", "amount": "1.776650", "unit": "ratio", "status": "computed", "formula": "(core tier 1 + core tier 2) ÷ minimum capital", "article": "Rule 19 A12", "inputs": [{"line": "core_tier1_capital", "sign": "+"}, {"line": "core_tier2_capital", "sign": "+"}, {"line": "minimum_capital", "sign": "÷"}]}, "comprehensive_solvency_surplus": {"line": "comprehensive_solvency_surplus", "amount": "2030.000000", "unit": "万元", "status": "computed", "formula": "actual capital − limit × minimum capital", "article": "Rule 19 A12; Annex 10", "inputs": [{"line": "actual_capital", "sign": "+"}, {"line": "minimum_capital", "sign": "−"}, {"rule": "solvency.comprehensive_minimum_ratio", "value": "1", "unit": "ratio", "article": "Rule 19 A12(二)", "from": "2022-01-01"}]}, "comprehensive_solvency_ratio": {"line": "comprehensive_solvency_ratio", "amount": "2.030457", "unit": "ratio", "status": "computed", "formula": "(actual capital) ÷ minimum capital", "article": "Rule 19 A12", "inputs": [{"line": "actual_capital", "sign": "+"}, {"line": "minimum_capital", "sign": "÷"}]}}}');
INSERT INTO "statement" VALUES(1,1,1,'G','2025-12-31','insurance_holding','甲集团','{"group_id": "G", "name": "甲集团", "group_type": "insurance_holding", "period_end": "2025-12-31", "lines": {"actual_capital": {"line": "actual_capital", "amount": "3700.000000", "unit": "万元", "status": "computed", "formula": "(38) = (1) + (18) + (26) + (34)", "article": "Rule 19 A37, A38", "inputs": [{"line": "core_tier1_capital", "sign": "+"}, {"line": "core_tier2_capital", "sign": "+"}, {"line": "supplementary_tier1_capital", "sign": "+"}, {"line": "supplementary_tier2_capital", "sign": "+"}]}, "core_tier1_capital": {"line": "core_tier1_capital", "amount": "3300.000000", "unit": "万元", "status": "computed", "formula": "(1) = (2) + (3) + (13) + (14) + (15) + (16) + (17)", "article": "Rule 19 A37, A38", "inputs": [{"step": "annex10.capital.2", "amount": "3300", "unit": "万元", "formula": "", "article": "Rule 19 A37, A38", "note": "", "inputs": [{"cell": "amount", "table": "group_capital", "key": {"group_id": "G", "period_end": "2025-12-31", "line": "2"}, "file": "group_capital.csv", "row": 4, "value": "3300"}]}]}, "core_tier2_capital": {"line": "core_tier2_capital", "amount": "0.000000", "unit": "万元", "status": "computed", "formula": "(18) = (19) + (24) + (25)", "article": "Rule 19 A37, A38", "inputs": []}, "supplementary_tier1_capital": {"line": "supplementary_tier1_capital", "amount": "400.000000", "unit": "万元", "status": "computed", "formula": "(26) = (27) + (28) + (29) + (30) + (31) + (32) − (33)", "article": "Rule 19 A37, A38", "inputs": [{"step": "annex10.capital.28", "amount": "400", "unit": "万元", "formula": "", "article": "Rule 19 A37, A38", "note": "", "inputs": [{"cell": "amount", "table": "group_capital", "key": {"group_id": "G", "period_end": "2025-12-31", "line": "28"}, "file": "group_capital.csv", "row": 5, "value": "400"}]}]}, "supplementary_tier2_capital": {"line": "supplementary_tier2_capital", "amount": "0.000000", "unit": "万元", "status": "computed", "formula": "(34) = (35) + (36) − (37)", "article": "Rule 19 A37, A38", "inputs": []}, "minimum_capital": {"line": "minimum_capital", "amount": "2270.000000", "unit": "万元", "status": "computed", "formula": "quantifiable + control risk + add-on", "article": "Rule 19 A15", "inputs": [{"line": "quantifiable_risk_minimum_capital", "sign": "+"}, {"line": "control_risk_minimum_capital", "sign": "+"}, {"line": "add_on_capital", "sign": "+"}]}, "quantifiable_risk_minimum_capital": {"line": "quantifiable_risk_minimum_capital", "amount": "2270.000000", "unit": "万元", "status": "computed", "formula": "members + group-specific − diversification", "article": "Rule 19 A16", "inputs": [{"line": "parent_minimum_capital", "sign": "+"}, {"line": "insurance_members_minimum_capital", "sign": "+"}, {"line": "bank_members_minimum_capital", "sign": "+"}, {"line": "securities_members_minimum_capital", "sign": "+"}, {"line": "trust_members_minimum_capital", "sign": "+"}, {"line": "other_members_minimum_capital", "sign": "+"}, {"line": "group_specific_risk_minimum_capital", "sign": "+"}, {"line": "diversification_reduction", "sign": "−"}]}, "parent_minimum_capital": {"line": "parent_minimum_capital", "amount": "0.000000", "unit": "万元", "status": "computed", "formula": "Σ share × the member''s own minimum capital", "article": "Rule 19 A16, A17(1)", "inputs": [{"members": "parent_minimum_capital"}]}, "insurance_members_minimum_capital": {"line": "insurance_members_minimum_capital", "amount": "2000.000000", "unit": "万元", "status": "computed", "formula": "Σ share × the member''s own minimum capital", "article": "Rule 19 A16, A17(1)(2), A18", "inputs": [{"members": "insurance_members_minimum_capital"}]}, "bank_members_minimum_capital": {"line": "bank_members_minimum_capital", "amount": "0.000000", "unit": "万元", "status": "computed", "formula": "Σ share × the member''s own minimum capital", "article": "Rule 19 A16, A17(3)", "inputs": [{"members": "bank_members_minimum_capital"}]}, "securities_members_minimum_capital": {"line": "securities_members_minimum_capital", "amount": "0.000000", "unit": "万元", "status": "computed", "formula": "Σ share × the member''s own minimum capital", "article": "Rule 19 A16, A17(3)", "inputs": [{"members": "securities_members_minimum_capital"}]}, "trust_members_minimum_capital": {"line": "trust_members_minimum_capital", "amount": "0.000000", "unit": "万元", "status": "computed", "formula": "Σ share × the member''s own minimum capital", "article": "Rule 19 A16, A17(3)", "inputs": [{"members": "trust_members_minimum_capital"}]}, "other_members_minimum_capital": {"line": "other_members_minimum_capital", "amount": "0.000000", "unit": "万元", "status": "computed", "formula": "Σ share × the member''s own minimum capital", "article": "Rule 19 A16, A17(4)(5)", "inputs": [{"members": "other_members_minimum_capital"}]}, "group_specific_risk_minimum_capital": {"line": "group_specific_risk_minimum_capital", "amount": "270.000000", "unit": "万元", "status": "computed", "formula": "contagion + concentration", "article": "Rule 19 A20", "inputs": [{"line": "contagion_risk_minimum_capital", "sign": "+"}, {"line": "concentration_risk_minimum_capital", "sign": "+"}]}, "contagion_risk_minimum_capital": {"line": "contagion_risk_minimum_capital", "amount": "100.000000", "unit": "万元", "status": "computed", "formula": "guarantees + other transactions (internal_transactions not given)", "article": "Rule 19 A22–A24", "inputs": [{"step": "guarantee_charge", "amount": "100", "unit": "万元", "formula": "above limit × RF0 × (1 + K)", "article": "Rule 19 A23", "note": "", "inputs": [{"step": "above_limit", "amount": "1000", "unit": "万元", "formula": "material − limit, at least 0", "article": "Rule 19 A23", "note": "", "inputs": [{"step": "material_total", "amount": "1600", "unit": "万元", "formula": "Σ material guarantees", "article": "Rule 19 A23", "note": "", "inputs": [{"cell": "balance", "table": "guarantees", "key": {"guarantee_id": "g1", "guarantor_id": "L", "beneficiary_id": "P"}, "file": "guarantees.csv", "row": 2, "value": "1600"}, {"step": "materiality", "amount": "30", "unit": "万元", "formula": "at least share × net assets of last year-end, and above the amount", "article": "Rule 19 A23", "note": "", "inputs": [{"rule": "contagion.materiality_share", "value": "0.01", "unit": "ratio", "article": "Rule 19 A23; Rule 19 A24", "from": "2022-01-01"}, {"cell": "net_assets", "table": "group_financials", "key": {"group_id": "G", "period_end": "2024-12-31"}, "file": "group_financials.csv", "row": 2, "value": "3000"}, {"rule": "contagion.materiality_amount", "value": "500", "unit": "万元", "article": "Rule 19 A23; Rule 19 A24", "from": "2022-01-01"}]}]}, {"step": "limit", "amount": "600", "unit": "万元", "formula": "share × net assets", "article": "Rule 19 A23", "note": "", "inputs": [{"rule": "contagion.limit", "value": "0.2", "unit": "ratio", "article": "Rule 19 A23; Rule 19 A24", "from": "2022-01-01"}, {"cell": "net_assets", "table": "group_financials", "key": {"group_id": "G", "period_end": "2025-12-31"}, "file": "group_financials.csv", "row": 4, "value": "3000"}]}]}, {"rule": "contagion.guarantee_base_factor", "value": "0.1", "unit": "factor", "article": "Rule 19 A23", "from": "2022-01-01"}, {"step": "characteristic_factor", "amount": "0", "unit": "ratio", "formula": "k1 + k2, held to -0.25 … 0.25", "article": "Rule 19 A21", "note": "", "inputs": [{"step": "k1", "amount": "0", "unit": "ratio", "formula": "a bank in the group", "article": "Rule 19 A23, A24", "note": "–", "inputs": [{"rule": "contagion.k1_with_bank", "value": "0.1", "unit": "factor", "article": "Rule 19 A23; Rule 19 A24", "from": "2022-01-01"}]}, {"step": "k2", "amount": "0", "unit": "ratio", "formula": "by type of group", "article": "Rule 19 A23, A24", "note": "insurance_holding", "inputs": [{"rule": "contagion.k2", "value": "{insurance_holding: 0, non_insurance_holding: 0.1, mixed: 0.2}", "unit": "factor", "article": "Rule 19 A23; Rule 19 A24", "from": "2022-01-01"}]}, {"rule": "characteristic.minimum", "value": "-0.25", "unit": "factor", "article": "Rule 19 A21", "from": "2022-01-01"}, {"rule": "characteristic.maximum", "value": "0.25", "unit": "factor", "article": "Rule 19 A21", "from": "2022-01-01"}]}]}]}, "concentration_risk_minimum_capital": {"line": "concentration_risk_minimum_capital", "amount": "170.000000", "unit": "万元", "status": "computed", "formula": "√((counterparty + sector)² + customer²)", "article": "Rule 19 A25", "inputs": [{"line": "counterparty_concentration_minimum_capital", "sign": "+"}, {"line": "sector_concentration_minimum_capital", "sign": "+"}, {"line": "customer_concentration_minimum_capital", "sign": "+"}]}, "counterparty_concentration_minimum_capital": {"line": "counterparty_concentration_minimum_capital", "amount": "120.000000", "unit": "万元", "status": "computed", "formula": "Σ (exposure − limit) × RF0", "article": "Rule 19 A26–A28", "inputs": [{"step": "counterparty", "amount": "120", "unit": "万元", "formula": "(exposure − limit) × RF0", "article": "Rule 19 A26–A28", "note": "K", "inputs": [{"step": "exposure", "amount": "3000", "unit": "万元", "formula": "Σ", "article": "", "note": "", "inputs": [{"cell": "class", "table": "counterparties", "key": {"counterparty_id": "K", "name": "某公司"}, "file": "counterparties.csv", "row": 2, "value": "other"}]}, {"step": "limit", "amount": "600", "unit": "万元", "formula": "share × figure", "article": "", "note": "other", "inputs": [{"rule": "concentration.counterparty_limit", "value": "{joint_stock_bank: 0.05, other: 0.03}", "unit": "ratio", "article": "Rule 19 A26", "from": "2022-01-01"}, {"cell": "total_assets", "table": "group_financials", "key": {"group_id": "G", "period_end": "2025-12-31"}, "file": "group_financials.csv", "row": 4, "value": "20000"}, {"rule": "concentration.counterparty_base_factor", "value": "{joint_stock_bank: 0.03, other: 0.05}", "unit": "factor", "article": "Rule 19 A27", "from": "2022-01-01"}]}]}]}, "sector_concentration_minimum_capital": {"line": "sector_concentration_minimum_capital", "amount": "50.000000", "unit": "万元", "status": "computed", "formula": "Σ (exposure − limit) × RF0", "article": "Rule 19 A29–A31", "inputs": [{"step": "sector", "amount": "50", "unit": "万元", "formula": "(exposure − limit) × RF0", "article": "Rule 19 A29–A31", "note": "SWS/钢铁", "inputs": [{"step": "exposure", "amount": "3000", "unit": "万元", "formula": "Σ", "article": "", "note": "", "inputs": []}, {"step": "limit", "amount": "2000", "unit": "万元", "formula": "share × figure", "article": "", "note": "other", "inputs": [{"rule": "concentration.sector_limit", "value": "0.1", "unit": "ratio", "article": "Rule 19 A29", "from": "2022-01-01"}, {"cell": "total_assets", "table": "group_financials", "key": {"group_id": "G", "period_end": "2025-12-31"}, "file": "group_financials.csv", "row": 4, "value": "20000"}, {"rule": "concentration.sector_base_factor", "value": "0.05", "unit": "factor", "article": "Rule 19 A30", "from": "2022-01-01"}]}]}]}, "customer_concentration_minimum_capital": {"line": "customer_concentration_minimum_capital", "amount": "0.000000", "unit": "万元", "status": "no data", "formula": "needs customer_income of the group''s companies", "article": "Rule 19 A32–A33", "inputs": []}, "concentration_diversification_effect": {"line": "concentration_diversification_effect", "amount": "0.000000", "unit": "万元", "status": "computed", "formula": "counterparty + sector + customer − concentration", "article": "Rule 19 A25; Annex 10", "inputs": [{"line": "counterparty_concentration_minimum_capital", "sign": "+"}, {"line": "sector_concentration_minimum_capital", "sign": "+"}, {"line": "customer_concentration_minimum_capital", "sign": "+"}, {"line": "concentration_risk_minimum_capital", "sign": "−"}]}, "diversification_reduction": {"line": "diversification_reduction", "amount": "0.000000", "unit": "万元", "status": "computed", "formula": "rate × the sum before it", "article": "Rule 19 A34; Notice 2021-52 一(十三)", "inputs": [{"rule": "diversification_reduction.rate", "value": "0", "unit": "ratio", "article": "Rule 19 A34; Notice 2021-52 一(十三)", "from": "2022-01-01"}, {"line": "parent_minimum_capital", "sign": "+"}, {"line": "insurance_members_minimum_capital", "sign": "+"}, {"line": "bank_members_minimum_capital", "sign": "+"}, {"line": "securities_members_minimum_capital", "sign": "+"}, {"line": "trust_members_minimum_capital", "sign": "+"}, {"line": "other_members_minimum_capital", "sign": "+"}, {"line": "group_specific_risk_minimum_capital", "sign": "+"}]}, "control_risk_minimum_capital": {"line": "control_risk_minimum_capital", "amount": "0.000000", "unit": "万元", "status": "computed", "formula": "Q × quantifiable", "article": "Notice 2021-52 一(十三)", "inputs": [{"step": "control_risk_factor", "amount": "0", "unit": "ratio", "formula": "before the first assessment", "article": "Notice 2021-52 一(十三)", "note": "", "inputs": [{"rule": "control_risk.factor_before_assessment", "value": "0", "unit": "factor", "article": "Notice 2021-52 一(十三)", "from": "2022-01-01"}]}, {"line": "quantifiable_risk_minimum_capital", "sign": "×"}]}, "add_on_capital": {"line": "add_on_capital", "amount": "0.000000", "unit": "万元", "status": "computed", "formula": "rate × quantifiable", "article": "Rule 19 A36; Notice 2021-52 一(十三)", "inputs": [{"rule": "add_on_capital.rate", "value": "0", "unit": "ratio", "article": "Rule 19 A36; Notice 2021-52 一(十三)", "from": "2022-01-01"}, {"line": "quantifiable_risk_minimum_capital", "sign": "×"}]}, "core_solvency_surplus": {"line": "core_solvency_surplus", "amount": "2165.000000", "unit": "万元", "status": "computed", "formula": "core tier 1 + core tier 2 − limit × minimum capital", "article": "Rule 19 A12; Annex 10", "inputs": [{"line": "core_tier1_capital", "sign": "+"}, {"line": "core_tier2_capital", "sign": "+"}, {"line": "minimum_capital", "sign": "−"}, {"rule": "solvency.core_minimum_ratio", "value": "0.5", "unit": "ratio", "article": "Rule 19 A12(一)", "from": "2022-01-01"}]}, "core_solvency_ratio": {"line": "core_solvency_ratio", "amount": "1.453744", "unit": "ratio", "status": "computed", "formula": "(core tier 1 + core tier 2) ÷ minimum capital", "article": "Rule 19 A12", "inputs": [{"line": "core_tier1_capital", "sign": "+"}, {"line": "core_tier2_capital", "sign": "+"}, {"line": "minimum_capital", "sign": "÷"}]}, "comprehensive_solvency_surplus": {"line": "comprehensive_solvency_surplus", "amount": "1430.000000", "unit": "万元", "status": "computed", "formula": "actual capital − limit × minimum capital", "article": "Rule 19 A12; Annex 10", "inputs": [{"line": "actual_capital", "sign": "+"}, {"line": "minimum_capital", "sign": "−"}, {"rule": "solvency.comprehensive_minimum_ratio", "value": "1", "unit": "ratio", "article": "Rule 19 A12(二)", "from": "2022-01-01"}]}, "comprehensive_solvency_ratio": {"line": "comprehensive_solvency_ratio", "amount": "1.629956", "unit": "ratio", "status": "computed", "formula": "(actual capital) ÷ minimum capital", "article": "Rule 19 A12", "inputs": [{"line": "actual_capital", "sign": "+"}, {"line": "minimum_capital", "sign": "÷"}]}}}');
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
INSERT INTO "statement_line" VALUES(1,0,'G','2025-06-30','actual_capital',4000000000,'万元','computed','Rule 19 A37, A38');
INSERT INTO "statement_line" VALUES(1,1,'G','2025-06-30','core_tier1_capital',3500000000,'万元','computed','Rule 19 A37, A38');
INSERT INTO "statement_line" VALUES(1,2,'G','2025-06-30','core_tier2_capital',0,'万元','computed','Rule 19 A37, A38');
INSERT INTO "statement_line" VALUES(1,3,'G','2025-06-30','supplementary_tier1_capital',500000000,'万元','computed','Rule 19 A37, A38');
INSERT INTO "statement_line" VALUES(1,4,'G','2025-06-30','supplementary_tier2_capital',0,'万元','computed','Rule 19 A37, A38');
INSERT INTO "statement_line" VALUES(1,5,'G','2025-06-30','minimum_capital',1970000000,'万元','computed','Rule 19 A15');
INSERT INTO "statement_line" VALUES(1,6,'G','2025-06-30','quantifiable_risk_minimum_capital',2000000000,'万元','computed','Rule 19 A16');
INSERT INTO "statement_line" VALUES(1,7,'G','2025-06-30','parent_minimum_capital',0,'万元','computed','Rule 19 A16, A17(1)');
INSERT INTO "statement_line" VALUES(1,8,'G','2025-06-30','insurance_members_minimum_capital',2000000000,'万元','computed','Rule 19 A16, A17(1)(2), A18');
INSERT INTO "statement_line" VALUES(1,9,'G','2025-06-30','bank_members_minimum_capital',0,'万元','computed','Rule 19 A16, A17(3)');
INSERT INTO "statement_line" VALUES(1,10,'G','2025-06-30','securities_members_minimum_capital',0,'万元','computed','Rule 19 A16, A17(3)');
INSERT INTO "statement_line" VALUES(1,11,'G','2025-06-30','trust_members_minimum_capital',0,'万元','computed','Rule 19 A16, A17(3)');
INSERT INTO "statement_line" VALUES(1,12,'G','2025-06-30','other_members_minimum_capital',0,'万元','computed','Rule 19 A16, A17(4)(5)');
INSERT INTO "statement_line" VALUES(1,13,'G','2025-06-30','group_specific_risk_minimum_capital',0,'万元','computed','Rule 19 A20');
INSERT INTO "statement_line" VALUES(1,14,'G','2025-06-30','contagion_risk_minimum_capital',0,'万元','computed','Rule 19 A22–A24');
INSERT INTO "statement_line" VALUES(1,15,'G','2025-06-30','concentration_risk_minimum_capital',0,'万元','no data','Rule 19 A25');
INSERT INTO "statement_line" VALUES(1,16,'G','2025-06-30','counterparty_concentration_minimum_capital',0,'万元','no data','Rule 19 A26–A28');
INSERT INTO "statement_line" VALUES(1,17,'G','2025-06-30','sector_concentration_minimum_capital',0,'万元','no data','Rule 19 A29–A31');
INSERT INTO "statement_line" VALUES(1,18,'G','2025-06-30','customer_concentration_minimum_capital',0,'万元','no data','Rule 19 A32–A33');
INSERT INTO "statement_line" VALUES(1,19,'G','2025-06-30','concentration_diversification_effect',0,'万元','no data','Rule 19 A25; Annex 10');
INSERT INTO "statement_line" VALUES(1,20,'G','2025-06-30','diversification_reduction',0,'万元','computed','Rule 19 A34; Notice 2021-52 一(十三)');
INSERT INTO "statement_line" VALUES(1,21,'G','2025-06-30','control_risk_minimum_capital',-30000000,'万元','computed','Rule 19 A127');
INSERT INTO "statement_line" VALUES(1,22,'G','2025-06-30','add_on_capital',0,'万元','computed','Rule 19 A36; Notice 2021-52 一(十三)');
INSERT INTO "statement_line" VALUES(1,23,'G','2025-06-30','core_solvency_surplus',2515000000,'万元','computed','Rule 19 A12; Annex 10');
INSERT INTO "statement_line" VALUES(1,24,'G','2025-06-30','core_solvency_ratio',1776650,'ratio','computed','Rule 19 A12');
INSERT INTO "statement_line" VALUES(1,25,'G','2025-06-30','comprehensive_solvency_surplus',2030000000,'万元','computed','Rule 19 A12; Annex 10');
INSERT INTO "statement_line" VALUES(1,26,'G','2025-06-30','comprehensive_solvency_ratio',2030457,'ratio','computed','Rule 19 A12');
INSERT INTO "statement_line" VALUES(1,27,'G','2025-12-31','actual_capital',3700000000,'万元','computed','Rule 19 A37, A38');
INSERT INTO "statement_line" VALUES(1,28,'G','2025-12-31','core_tier1_capital',3300000000,'万元','computed','Rule 19 A37, A38');
INSERT INTO "statement_line" VALUES(1,29,'G','2025-12-31','core_tier2_capital',0,'万元','computed','Rule 19 A37, A38');
INSERT INTO "statement_line" VALUES(1,30,'G','2025-12-31','supplementary_tier1_capital',400000000,'万元','computed','Rule 19 A37, A38');
INSERT INTO "statement_line" VALUES(1,31,'G','2025-12-31','supplementary_tier2_capital',0,'万元','computed','Rule 19 A37, A38');
INSERT INTO "statement_line" VALUES(1,32,'G','2025-12-31','minimum_capital',2270000000,'万元','computed','Rule 19 A15');
INSERT INTO "statement_line" VALUES(1,33,'G','2025-12-31','quantifiable_risk_minimum_capital',2270000000,'万元','computed','Rule 19 A16');
INSERT INTO "statement_line" VALUES(1,34,'G','2025-12-31','parent_minimum_capital',0,'万元','computed','Rule 19 A16, A17(1)');
INSERT INTO "statement_line" VALUES(1,35,'G','2025-12-31','insurance_members_minimum_capital',2000000000,'万元','computed','Rule 19 A16, A17(1)(2), A18');
INSERT INTO "statement_line" VALUES(1,36,'G','2025-12-31','bank_members_minimum_capital',0,'万元','computed','Rule 19 A16, A17(3)');
INSERT INTO "statement_line" VALUES(1,37,'G','2025-12-31','securities_members_minimum_capital',0,'万元','computed','Rule 19 A16, A17(3)');
INSERT INTO "statement_line" VALUES(1,38,'G','2025-12-31','trust_members_minimum_capital',0,'万元','computed','Rule 19 A16, A17(3)');
INSERT INTO "statement_line" VALUES(1,39,'G','2025-12-31','other_members_minimum_capital',0,'万元','computed','Rule 19 A16, A17(4)(5)');
INSERT INTO "statement_line" VALUES(1,40,'G','2025-12-31','group_specific_risk_minimum_capital',270000000,'万元','computed','Rule 19 A20');
INSERT INTO "statement_line" VALUES(1,41,'G','2025-12-31','contagion_risk_minimum_capital',100000000,'万元','computed','Rule 19 A22–A24');
INSERT INTO "statement_line" VALUES(1,42,'G','2025-12-31','concentration_risk_minimum_capital',170000000,'万元','computed','Rule 19 A25');
INSERT INTO "statement_line" VALUES(1,43,'G','2025-12-31','counterparty_concentration_minimum_capital',120000000,'万元','computed','Rule 19 A26–A28');
INSERT INTO "statement_line" VALUES(1,44,'G','2025-12-31','sector_concentration_minimum_capital',50000000,'万元','computed','Rule 19 A29–A31');
INSERT INTO "statement_line" VALUES(1,45,'G','2025-12-31','customer_concentration_minimum_capital',0,'万元','no data','Rule 19 A32–A33');
INSERT INTO "statement_line" VALUES(1,46,'G','2025-12-31','concentration_diversification_effect',0,'万元','computed','Rule 19 A25; Annex 10');
INSERT INTO "statement_line" VALUES(1,47,'G','2025-12-31','diversification_reduction',0,'万元','computed','Rule 19 A34; Notice 2021-52 一(十三)');
INSERT INTO "statement_line" VALUES(1,48,'G','2025-12-31','control_risk_minimum_capital',0,'万元','computed','Notice 2021-52 一(十三)');
INSERT INTO "statement_line" VALUES(1,49,'G','2025-12-31','add_on_capital',0,'万元','computed','Rule 19 A36; Notice 2021-52 一(十三)');
INSERT INTO "statement_line" VALUES(1,50,'G','2025-12-31','core_solvency_surplus',2165000000,'万元','computed','Rule 19 A12; Annex 10');
INSERT INTO "statement_line" VALUES(1,51,'G','2025-12-31','core_solvency_ratio',1453744,'ratio','computed','Rule 19 A12');
INSERT INTO "statement_line" VALUES(1,52,'G','2025-12-31','comprehensive_solvency_surplus',1430000000,'万元','computed','Rule 19 A12; Annex 10');
INSERT INTO "statement_line" VALUES(1,53,'G','2025-12-31','comprehensive_solvency_ratio',1629956,'ratio','computed','Rule 19 A12');
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
INSERT INTO "waterfall_step" VALUES(1,0,'G','2025-06-30',1,'solo_minimum_capital','L',1000000000,'万元');
INSERT INTO "waterfall_step" VALUES(1,1,'G','2025-06-30',2,'solo_minimum_capital','P',1000000000,'万元');
INSERT INTO "waterfall_step" VALUES(1,2,'G','2025-06-30',3,'other_members','',0,'万元');
INSERT INTO "waterfall_step" VALUES(1,3,'G','2025-06-30',4,'outsiders_share_and_parent','',0,'万元');
INSERT INTO "waterfall_step" VALUES(1,4,'G','2025-06-30',5,'group_specific_risk_minimum_capital','',0,'万元');
INSERT INTO "waterfall_step" VALUES(1,5,'G','2025-06-30',6,'diversification_reduction','',0,'万元');
INSERT INTO "waterfall_step" VALUES(1,6,'G','2025-06-30',7,'control_risk_minimum_capital','',-30000000,'万元');
INSERT INTO "waterfall_step" VALUES(1,7,'G','2025-06-30',8,'add_on_capital','',0,'万元');
INSERT INTO "waterfall_step" VALUES(1,8,'G','2025-06-30',9,'minimum_capital','',1970000000,'万元');
INSERT INTO "waterfall_step" VALUES(1,9,'G','2025-06-30',10,'solo_actual_capital','L',3000000000,'万元');
INSERT INTO "waterfall_step" VALUES(1,10,'G','2025-06-30',11,'solo_actual_capital','P',900000000,'万元');
INSERT INTO "waterfall_step" VALUES(1,11,'G','2025-06-30',12,'consolidation_of_capital','',100000000,'万元');
INSERT INTO "waterfall_step" VALUES(1,12,'G','2025-06-30',13,'actual_capital','',4000000000,'万元');
INSERT INTO "waterfall_step" VALUES(1,13,'G','2025-06-30',14,'ratio_of_solo_sums','',1950000,'ratio');
INSERT INTO "waterfall_step" VALUES(1,14,'G','2025-06-30',15,'effect_of_requirement','',29695,'ratio');
INSERT INTO "waterfall_step" VALUES(1,15,'G','2025-06-30',16,'effect_of_capital','',50762,'ratio');
INSERT INTO "waterfall_step" VALUES(1,16,'G','2025-06-30',17,'comprehensive_solvency_ratio','',2030457,'ratio');
INSERT INTO "waterfall_step" VALUES(1,17,'G','2025-12-31',1,'solo_minimum_capital','L',1000000000,'万元');
INSERT INTO "waterfall_step" VALUES(1,18,'G','2025-12-31',2,'solo_minimum_capital','P',1000000000,'万元');
INSERT INTO "waterfall_step" VALUES(1,19,'G','2025-12-31',3,'other_members','',0,'万元');
INSERT INTO "waterfall_step" VALUES(1,20,'G','2025-12-31',4,'outsiders_share_and_parent','',0,'万元');
INSERT INTO "waterfall_step" VALUES(1,21,'G','2025-12-31',5,'group_specific_risk_minimum_capital','',270000000,'万元');
INSERT INTO "waterfall_step" VALUES(1,22,'G','2025-12-31',6,'diversification_reduction','',0,'万元');
INSERT INTO "waterfall_step" VALUES(1,23,'G','2025-12-31',7,'control_risk_minimum_capital','',0,'万元');
INSERT INTO "waterfall_step" VALUES(1,24,'G','2025-12-31',8,'add_on_capital','',0,'万元');
INSERT INTO "waterfall_step" VALUES(1,25,'G','2025-12-31',9,'minimum_capital','',2270000000,'万元');
INSERT INTO "waterfall_step" VALUES(1,26,'G','2025-12-31',10,'solo_actual_capital','L',2900000000,'万元');
INSERT INTO "waterfall_step" VALUES(1,27,'G','2025-12-31',11,'solo_actual_capital','P',800000000,'万元');
INSERT INTO "waterfall_step" VALUES(1,28,'G','2025-12-31',12,'consolidation_of_capital','',0,'万元');
INSERT INTO "waterfall_step" VALUES(1,29,'G','2025-12-31',13,'actual_capital','',3700000000,'万元');
INSERT INTO "waterfall_step" VALUES(1,30,'G','2025-12-31',14,'ratio_of_solo_sums','',1850000,'ratio');
INSERT INTO "waterfall_step" VALUES(1,31,'G','2025-12-31',15,'effect_of_requirement','',-220044,'ratio');
INSERT INTO "waterfall_step" VALUES(1,32,'G','2025-12-31',16,'effect_of_capital','',0,'ratio');
INSERT INTO "waterfall_step" VALUES(1,33,'G','2025-12-31',17,'comprehensive_solvency_ratio','',1629956,'ratio');
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
CREATE VIEW "current_insurance_group" AS SELECT t."recorded_at", t."source_file", t."source_row", t."group_id", t."name", t."name_en", t."type", t."parent_id" FROM "insurance_group" AS t WHERE t.is_current;
CREATE VIEW "current_entity" AS SELECT t."recorded_at", t."source_file", t."source_row", t."entity_id", t."name", t."kind", t."jurisdiction", t."equivalent_regime" FROM "entity" AS t WHERE t.is_current;
CREATE VIEW "current_ownership_stake" AS SELECT t."recorded_at", t."source_file", t."source_row", t."owner_id", t."entity_id", t."valid_from", t."valid_to", t."stake" / 1000000000000.0 AS "stake", t."relation", t."bears_shortfall" FROM "ownership_stake" AS t WHERE t.is_current;
CREATE VIEW "current_solo_filing" AS SELECT t."recorded_at", t."source_file", t."source_row", t."entity_id", t."period_end", t."basis", t."kind", t."admitted_assets" / 1000000.0 AS "admitted_assets", t."admitted_liabilities" / 1000000.0 AS "admitted_liabilities", t."actual_capital" / 1000000.0 AS "actual_capital", t."core_tier1_capital" / 1000000.0 AS "core_tier1_capital", t."core_tier2_capital" / 1000000.0 AS "core_tier2_capital", t."supplementary_tier1_capital" / 1000000.0 AS "supplementary_tier1_capital", t."supplementary_tier2_capital" / 1000000.0 AS "supplementary_tier2_capital", t."minimum_capital" / 1000000.0 AS "minimum_capital", t."quantifiable_risk_minimum_capital" / 1000000.0 AS "quantifiable_risk_minimum_capital", t."life_insurance_risk_minimum_capital" / 1000000.0 AS "life_insurance_risk_minimum_capital", t."non_life_insurance_risk_minimum_capital" / 1000000.0 AS "non_life_insurance_risk_minimum_capital", t."market_risk_minimum_capital" / 1000000.0 AS "market_risk_minimum_capital", t."credit_risk_minimum_capital" / 1000000.0 AS "credit_risk_minimum_capital", t."diversification_effect" / 1000000.0 AS "diversification_effect", t."loss_absorption_effect" / 1000000.0 AS "loss_absorption_effect", t."control_risk_minimum_capital" / 1000000.0 AS "control_risk_minimum_capital", t."core_surplus" / 1000000.0 AS "core_surplus", t."comprehensive_surplus" / 1000000.0 AS "comprehensive_surplus", t."core_solvency_ratio" / 1000000000000.0 AS "core_solvency_ratio", t."comprehensive_solvency_ratio" / 1000000000000.0 AS "comprehensive_solvency_ratio", t."integrated_risk_rating", t."total_assets" / 1000000.0 AS "total_assets", t."rules" FROM "solo_filing" AS t WHERE t.is_current;
CREATE VIEW "current_sector_filing" AS SELECT t."recorded_at", t."source_file", t."source_row", t."entity_id", t."period_end", t."measure", t."amount" / 1000000.0 AS "amount", t."required_ratio" / 1000000000000.0 AS "required_ratio", t."actual_capital" / 1000000.0 AS "actual_capital", t."adequacy_ratio" / 1000000000000.0 AS "adequacy_ratio", t."adequacy_requirement" / 1000000000000.0 AS "adequacy_requirement" FROM "sector_filing" AS t WHERE t.is_current;
CREATE VIEW "current_group_filing" AS SELECT t."recorded_at", t."source_file", t."source_row", t."group_id", t."period_end", t."basis", t."actual_capital" / 1000000.0 AS "actual_capital", t."core_tier1_capital" / 1000000.0 AS "core_tier1_capital", t."core_tier2_capital" / 1000000.0 AS "core_tier2_capital", t."supplementary_tier1_capital" / 1000000.0 AS "supplementary_tier1_capital", t."supplementary_tier2_capital" / 1000000.0 AS "supplementary_tier2_capital", t."minimum_capital" / 1000000.0 AS "minimum_capital", t."quantifiable_risk_minimum_capital" / 1000000.0 AS "quantifiable_risk_minimum_capital", t."control_risk_minimum_capital" / 1000000.0 AS "control_risk_minimum_capital", t."core_surplus" / 1000000.0 AS "core_surplus", t."comprehensive_surplus" / 1000000.0 AS "comprehensive_surplus", t."core_solvency_ratio" / 1000000000000.0 AS "core_solvency_ratio", t."comprehensive_solvency_ratio" / 1000000000000.0 AS "comprehensive_solvency_ratio" FROM "group_filing" AS t WHERE t.is_current;
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
CREATE VIEW "current_concentration" AS SELECT t."run_id", t."group_id", t."period_end", t."test", t."party", t."exposure" / 1000000.0 AS "exposure", t."limit_amount" / 1000000.0 AS "limit_amount", t."charge" / 1000000.0 AS "charge" FROM "concentration" AS t JOIN statement AS s ON s.run_id = t.run_id AND s.group_id = t.group_id AND s.period_end = t.period_end WHERE s.is_current;
COMMIT;
