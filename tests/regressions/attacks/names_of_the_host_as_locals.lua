local riskd_ctx = 1
local function riskd_over(x) return x end
rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    local riskd_known = riskd_over(order.quantity)
    local abs = riskd_known
    for riskd_at_1 = 1, 2 do break end
    return limit(order.quantity, 1)
  end,
}
--> 1:7: `riskd_ctx` is a word of the language; choose another name
--> 2:16: `riskd_over` is a word of the language; choose another name
--> 8:11: `riskd_known` is a word of the language; choose another name
--> 8:25: there is no `riskd_over`
--> 9:11: `abs` is a word of the language; choose another name
--> 9:17: there is no `riskd_known`
--> 10:9: `riskd_at_1` is a word of the language; choose another name
