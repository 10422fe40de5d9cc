rule {
  name    = "order_rate",
  kind    = "check",
  doc     = "Cap how many orders an account may send in a second.",
  reason  = reject.order_rate_exceeded,
  history = { second = window { of = account.orders, over = "1s" } },
  params  = {
    orders_max = count {
      default  = 100,
      at_least = 0,
      tighter  = "lower",
      doc      = "orders in any one second, this one included; reductions are never held back",
    },
  },

  check = function(order, history, params)
    if order.reduces then return pass() end
    return limit(history.second.count + 1, params.orders_max)
  end,
}
