rule {
  name = "x",
  kind = "margin",
  portfolio = function(book)
    return book.worst_loss_after, book.gross_notional
  end,
}
--> 5:17: `worst_loss_after` needs a parameter `scenarios`, steps of moves and weights
