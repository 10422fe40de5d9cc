rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    local proxy = newproxy(true)
    getmetatable(proxy).__gc = function() while true do end end
    setmetatable({}, { __gc = function() while true do end end })
    return limit(order.quantity, 1)
  end,
}
--> 6:19: `newproxy` is not in the language; a rule sees only what it is given
--> 7:5: a rule changes nothing but its own locals
--> 7:32: put local functions at the top of the file, outside of the rule
--> 7:43: `while` is not in the language; use `for i = first, last do`
--> 8:5: `setmetatable` is not in the language; a rule sees only what it is given
--> 8:18: a rule cannot make tables
--> 8:22: a rule cannot make tables
--> 8:42: `while` is not in the language; use `for i = first, last do`
