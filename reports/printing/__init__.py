"""The room behind `reports.printmap`: fonts, paper, what is drawn, what stands around it."""
