rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, account, params)
    for p in account.positions do
    end
    return limit(order.notional, params.m)
  end,
}
--> 7:5: only `book.positions`, `.balances`, `.orders` and `params.<steps>` are walked
