rule {
  name = "x,
  kind = "check",
}
--> 2:10: this text is not closed
--> 3:3: expected `}` or `,` after an entry, found `kind`
