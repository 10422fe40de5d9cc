rule {
  name = "x",
  kynd = "check",
}
--> 1:1: a rule needs a `kind`, such as "check"
--> 3:3: a rule has no `kynd`; did you mean `kind`?
