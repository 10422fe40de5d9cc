rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    local t = {}
    setmetatable(t, { __index = function(self, key) return self.key end })
    local waste = t.anything
    return limit(order.quantity, 1)
  end,
}
--> 6:15: a rule cannot make tables
--> 7:5: `setmetatable` is not in the language; a rule sees only what it is given
--> 7:21: a rule cannot make tables
