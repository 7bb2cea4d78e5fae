package main

// received brings what is kept here in line with an event of another server, before the streams here get it.
func (a *app) received(payload any) {
	a.chat.Heard(payload)
}

// heard takes what another server told beside events.
func (a *app) heard(name, text string) {}

// forget drops what is kept here of what another server may have changed.
func (a *app) forget() {}
