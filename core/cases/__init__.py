"""Cases: cells of a patient with their answers, reviewed, summed up, kept, and taken away."""
