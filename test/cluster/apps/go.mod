module keyfirst.dev/test/apps

go 1.26.0
