package main

// received brings what is kept here in line with an event of another server, before the streams here get it.
func (a *app) received(payload any) { a.chat.Heard(payload) }

// heard takes what another server told beside events.
func (a *app) heard(name, text string) {
	switch name {
	case tellSetting:
		a.forget()
	}
}

// forget has what is kept here read again: another server may have changed it.
func (a *app) forget() {
	a.accounts.Forget()
	a.brand.Forget()
	a.chat.Forget()
}
