-- A journal of version 0.1 without the parameter `target`; test_journal.py makes the search.
PRAGMA application_id = 1802990177;
BEGIN TRANSACTION;
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO "about" VALUES('format','1');
INSERT INTO "about" VALUES('keraswrap','0.1.0');
INSERT INTO "about" VALUES('scikit-learn','1.9.1');
INSERT INTO "about" VALUES('keras','3.15.1');
INSERT INTO "about" VALUES('tensorflow','2.21.0');
INSERT INTO "about" VALUES('numpy','2.4.6');
INSERT INTO "about" VALUES('estimator','3def1c3222c8b56436e310217b23a2fd');
INSERT INTO "about" VALUES('X','aff80e98969b66c371982423e20bfaec');
INSERT INTO "about" VALUES('y','6abc7e64e7929992aceb4661c5343657');
INSERT INTO "about" VALUES('splits','21e4c872bada419f91582a7eaa373309');
INSERT INTO "about" VALUES('fit parameters','91f4202a76fbf5469393465222852986');
INSERT INTO "about" VALUES('scoring','4a6a597ac67bbc3b4a9f4da7a3d1ed38');
CREATE TABLE fits (
        key TEXT PRIMARY KEY, params TEXT NOT NULL, split INTEGER NOT NULL,
        result TEXT NOT NULL, proba BLOB
    );
INSERT INTO "fits" VALUES('952bcbe2ec644a7639271f60078d3110 0','epochs=1',0,'{"n_test_samples": 4, "fit_time": 0.1, "score_time": 0.1, "test_scores": 0.5, "train_scores": null, "no_proba": null}',NULL);
INSERT INTO "fits" VALUES('607481701ab7781f577f2248cb8c27ce 0','epochs=2',0,'{"n_test_samples": 4, "fit_time": 0.1, "score_time": 0.1, "test_scores": 0.5, "train_scores": null, "no_proba": null}',NULL);
INSERT INTO "fits" VALUES('952bcbe2ec644a7639271f60078d3110 1','epochs=1',1,'{"n_test_samples": 4, "fit_time": 0.1, "score_time": 0.1, "test_scores": 0.5, "train_scores": null, "no_proba": null}',NULL);
INSERT INTO "fits" VALUES('607481701ab7781f577f2248cb8c27ce 1','epochs=2',1,'{"n_test_samples": 4, "fit_time": 0.1, "score_time": 0.1, "test_scores": 0.5, "train_scores": null, "no_proba": null}',NULL);
COMMIT;
