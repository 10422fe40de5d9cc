rule {
  name = "x",
  kind = "chek",
}
--> 3:10: there is no kind of rule `chek`; did you mean `check`?
