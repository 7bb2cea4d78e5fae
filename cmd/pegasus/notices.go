package main

import "pegasus/chat"

// reportUnread tells what a check of unread counts found. A count that was wrong is a fault of ours, mended by now.
func (a *app) reportUnread(c chat.UnreadCheck, err error) {
	switch {
	case err != nil:
		a.warn("check unread counts", err)
		return
	case c.Counts+c.Mentions > 0:
		a.log.Warn("unread counts were wrong and are mended", "checked", c.Checked, "counts", c.Counts, "mentions", c.Mentions)
	default:
		a.log.Info("unread counts are right", "checked", c.Checked)
	}
	a.tellOthers(tellUnread, c)
}
