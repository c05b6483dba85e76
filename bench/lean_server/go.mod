module lean_server

go 1.24
