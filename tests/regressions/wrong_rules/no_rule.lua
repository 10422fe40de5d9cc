local rate = 1
--> 1:1: this file holds no `rule { ... }`
