rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { c = count { default = 1 } },
  check = function(account, params)
    local sum = 0
    for i = 1, account.open_orders do
      sum = sum + i
    end
    return limit(sum, params.c)
  end,
}
--> 8:5: this loop has no limit known at load; write numbers for its limits
