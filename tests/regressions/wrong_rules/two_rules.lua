rule { name = "x" }
rule { name = "y" }
--> 1:1: a rule needs a `kind`, such as "check"
--> 2:1: a file holds one rule; write the second into its own file
