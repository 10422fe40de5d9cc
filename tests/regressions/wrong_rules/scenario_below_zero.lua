rule {
  name = "x",
  kind = "margin",
  params = {
    scenarios = steps {
      by = "number",
      columns = { price_move = ratio, volatility_move = ratio, weight = ratio },
      default = { { number = 0, price_move = -1, volatility_move = 0, weight = 1 } },
    },
  },
  portfolio = function(book) return book.worst_loss, book.worst_loss end,
}
--> 5:5: `price_move` of a scenario is out of range
