"""The items of two guidelines for reports, in our own words, and which fact of the records answers each.

CLAIM, 2024 update: Tejani et al. 2024, doi 10.1148/ryai.240300, 44 items.
TRIPOD+AI: Collins et al. 2024, doi 10.1136/bmj-2023-078378, 27 items in 52 parts.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """One item of a guideline.

    Attributes:
        number: As in the guideline, such as "12c".
        section: Where in a report it belongs.
        text: What it asks for.
        fact: Key of `core.reported.facts` that answers it; "" where the records cannot.
        rest: What the authors must add to the fact; "" where it is the whole answer.
    """

    number: str
    section: str
    text: str
    fact: str = ""
    rest: str = ""


@dataclass(frozen=True)
class Guideline:
    """A guideline for reports.

    Attributes:
        name: Its name.
        source: Where it was published.
        items: All of its items.
    """

    name: str
    source: str
    items: tuple[Item, ...]


def _items(*sections: tuple[str, tuple[tuple[str, ...], ...]]) -> tuple[Item, ...]:
    return tuple(Item(fields[0], section, *fields[1:]) for section, items in sections for fields in items)


CLAIM = Guideline(
    "CLAIM, 2024 update",
    "Tejani et al. 2024, Radiology: Artificial Intelligence 6(4):e240300, doi 10.1148/ryai.240300",
    _items(
        (
            "Title and abstract",
            (
                ("1", "That it is a study of AI, and of which kind", "kind", "Say so in the title or the abstract."),
                ("2", "Design, methods, results and conclusions in short"),
            ),
        ),
        (
            "Introduction",
            (
                ("3", "Background, intended use and role", "use", "Scientific and clinical background."),
                ("4", "Aims, objectives and hypotheses"),
            ),
        ),
        (
            "Study design",
            (
                ("5", "Prospective or retrospective"),
                ("6", "Goal of the study", "goal", "What the comparison is for."),
            ),
        ),
        (
            "Data",
            (
                ("7", "Sources of the data", "source", "Where, when and from whom the cells were taken."),
                ("8", "Who and what was included and excluded", "left_out", "Criteria that were applied before."),
                ("9", "Preprocessing", "preprocessing", "What was done to the images before."),
                ("10", "Which part of the data was used", "subsets"),
                ("11", "De-identification"),
                ("12", "Missing data", "missing", "What was missing before the cells came here."),
                ("13", "How the images were taken"),
            ),
        ),
        (
            "Reference standard",
            (
                (
                    "14",
                    "How the reference standard was obtained",
                    "labels",
                    "By which findings a person's label was set.",
                ),
                ("15", "Why this reference standard"),
                ("16", "Who made the labels"),
                ("17", "How the test cells were labelled", "labels", "Whether otherwise than the others."),
                ("18", "Agreement within and between those who labelled"),
            ),
        ),
        (
            "Data partitions",
            (
                ("19", "How cells were assigned to the partitions", "partitions"),
                ("20", "At which level the partitions are disjoint", "level"),
            ),
        ),
        ("Testing data", (("21", "Intended sample size", "sizes", "Whether this size was planned, and how."),)),
        (
            "Model",
            (
                ("22", "Description of the models", "models", "Their settings or layers in full, or where they are."),
                ("23", "Software", "software"),
                ("24", "First values of the parameters", "initialization"),
            ),
        ),
        (
            "Training",
            (
                ("25", "How the models were trained", "training"),
                ("26", "How the final model was selected", "selection"),
                ("27", "Ensembles", "ensembling"),
            ),
        ),
        (
            "Evaluation",
            (
                ("28", "Measures of performance", "metrics"),
                ("29", "Measures of significance and uncertainty", "uncertainty"),
                ("30", "Robustness or sensitivity", "robustness", "Any further analysis."),
                ("31", "Explanations of the answers"),
                ("32", "Evaluation on internal data", "internal"),
                ("33", "Test on external data", "external", "Any test on cells from elsewhere."),
                ("34", "Registration of a clinical trial"),
            ),
        ),
        (
            "Results",
            (
                ("35", "Numbers included and excluded", "counts", "Exclusions before the cells came here."),
                ("36", "Persons and cells of each partition", "classes", "Age, sex, and clinical data by partition."),
                ("37", "Performance with its uncertainty", "performance"),
                ("38", "Diagnostic performance with its precision", "diagnostic"),
                ("39", "Analysis of wrong answers", "failures", "What the wrongly called cells have in common."),
            ),
        ),
        (
            "Discussion",
            (
                ("40", "Limitations", "limits", "Bias, uncertainty and for whom the results hold."),
                ("41", "What it means for practice", "use", "Intended use and clinical role."),
            ),
        ),
        (
            "Other information",
            (
                ("42", "Where the full protocol is"),
                ("43", "Where software, models and data are", "availability", "Where others can have them."),
                ("44", "Funding, and the funders' role"),
            ),
        ),
    ),
)

TRIPOD_AI = Guideline(
    "TRIPOD+AI",
    "Collins et al. 2024, BMJ 385:e078378, doi 10.1136/bmj-2023-078378",
    _items(
        (
            "Title and abstract",
            (
                ("1", "What is predicted, in whom, and that a model is developed or evaluated", "goal", "The title."),
                ("2", "Abstract by the guideline's own list"),
            ),
        ),
        (
            "Introduction",
            (
                ("3a", "Healthcare context, diagnostic or prognostic, why, and models there are"),
                ("3b", "Target population, purpose and users", "use", "Population, place in care and users."),
                ("3c", "Known health inequalities between groups"),
                ("4", "Objectives: development, evaluation or both", "goal", "The objectives."),
            ),
        ),
        (
            "Methods: data and participants",
            (
                ("5a", "Sources of the data, why these, and whom they represent", "source", "Why, and whom."),
                ("5b", "Dates of the data"),
                ("6a", "Setting; number and place of centres"),
                ("6b", "Who was eligible", "left_out", "Criteria that were applied before."),
                ("6c", "Treatments"),
                ("7", "Preprocessing and checks of quality", "preprocessing", "Whether alike in all groups."),
            ),
        ),
        (
            "Methods: outcome, predictors and sample",
            (
                ("8a", "Outcome: what, when and how assessed, and why", "labels", "How it was assessed, and why so."),
                ("8b", "Who assessed it, where that needs judgement"),
                ("8c", "Blinding of the assessment"),
                ("9a", "How predictors were chosen", "predictors", "Why these."),
                ("9b", "What the predictors are and how they were measured", "predictors"),
                ("9c", "Who measured them, where that needs judgement", "measured_by"),
                ("10", "How the study size was reached, and whether it is enough", "sizes", "Why it is enough."),
                ("11", "Missing data", "missing", "What was missing before the cells came here."),
            ),
        ),
        (
            "Methods: analysis",
            (
                ("12a", "How the data were used and partitioned", "partitions"),
                ("12b", "How predictors were transformed", "preprocessing"),
                ("12c", "Kind of model, building, tuning and internal validation", "training", "Why these models."),
                ("12d", "Differences between clusters: how handled", "clusters", "Hospitals or other groups."),
                ("12e", "Measures and plots of performance, and comparison of models", "metrics"),
                ("12f", "Updating of the models after the evaluation", "updating"),
                ("12g", "How predictions were computed", "output"),
                ("13", "Methods against class imbalance", "imbalance"),
                ("14", "Approaches to fairness"),
                ("15", "Output of the model, and how thresholds were found", "output"),
                ("16", "How training and test data differ", "internal", "In setting and persons, if at all."),
                ("17", "Ethical approval and consent"),
            ),
        ),
        (
            "Open science and involvement",
            (
                ("18a", "Funding, and the funders' role"),
                ("18b", "Conflicts of interest"),
                ("18c", "Protocol"),
                ("18d", "Registration"),
                ("18e", "Where the data are", "fingerprint", "Where others can have them."),
                ("18f", "Where the code is", "software", "Where others can have it."),
                ("19", "Involvement of patients and the public"),
            ),
        ),
        (
            "Results",
            (
                ("20a", "Flow of participants, with and without the outcome", "counts", "Before the cells came here."),
                ("20b", "Characteristics of the participants", "classes", "Dates, age, sex, treatments."),
                ("20c", "Test data beside training data", "sizes", "Important predictors of both."),
                (
                    "21",
                    "Participants and events in each analysis",
                    "counts",
                    "Classes on the sides to fit and validate.",
                ),
                ("22", "The full model, so that others can use it", "availability", "Where others can have it."),
                (
                    "23a",
                    "Performance with intervals, also in subgroups",
                    "performance",
                    "Groups by age, sex and others.",
                ),
                ("23b", "Differences in performance between clusters", "by_cluster", "Hospitals or other groups."),
                ("24", "Results of updating", "updating"),
            ),
        ),
        (
            "Discussion",
            (
                ("25", "Interpretation, fairness included"),
                ("26", "Limitations and what they do to the results", "limits", "Their effects on the results."),
                ("27a", "How poor or missing input is to be handled in use"),
                ("27b", "What users must do and know"),
                ("27c", "Next steps"),
            ),
        ),
    ),
)
