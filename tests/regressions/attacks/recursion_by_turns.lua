local function even(n) if n == 0 then return 1 end return odd(n - 1) end
local function odd(n) if n == 0 then return 0 end return even(n - 1) end
rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    if even(order.quantity) == 1 then return pass() end
    return limit(order.quantity, 1)
  end,
}
--> 1:59: `odd` cannot be seen here; a function sees its own names and what stands above it
