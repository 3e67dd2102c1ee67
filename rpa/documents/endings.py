"""What a name ends in, where that is what a system goes by: as which program or page it would open the file."""

from __future__ import annotations

SCRIPTS = frozenset(
    {
        *(".bat", ".cmd", ".com", ".cpl", ".exe", ".hta", ".jar", ".js", ".jse", ".lnk", ".msi"),
        *(".pif", ".ps1", ".psm1", ".py", ".reg", ".scr", ".sh", ".vb", ".vbe", ".vbs", ".wsf", ".wsh"),
    }
)
"""Of text that a system runs."""
PROGRAMS = SCRIPTS | frozenset(
    {
        *(".ade", ".adp", ".accda", ".accde", ".app", ".apk", ".appinstaller", ".application"),
        *(".appref-ms", ".appx", ".asp", ".aspx", ".bash", ".cab", ".cdxml", ".cer", ".chm", ".class"),
        *(".command", ".cpl", ".csh", ".deb", ".desktop", ".diagcab", ".dll", ".dmg", ".drv"),
        *(".gadget", ".hlp", ".img", ".inf", ".ins", ".iqy", ".iso", ".isp", ".job", ".jnlp", ".jsp"),
        *(".library-ms", ".mde", ".mdb", ".mjs", ".mof", ".msc", ".msh", ".msix", ".msp", ".mst"),
        *(".ocx", ".one", ".onepkg", ".oqy", ".osd", ".php", ".pkg", ".pl", ".ppa", ".prg", ".ps1xml"),
        *(".ps2", ".psc1", ".psd1", ".pyc", ".pyw", ".pyz", ".rb", ".rdp", ".rpm", ".rqy", ".scf"),
        *(".sct", ".search-ms", ".searchconnector-ms", ".settingcontent-ms", ".shb", ".shs", ".sld"),
        *(".slk", ".sys", ".theme", ".themepack", ".url", ".vhd", ".vhdx", ".vsto", ".webloc"),
        *(".website", ".ws", ".wsc", ".xbap", ".xla", ".xll", ".xnk", ".zsh"),
    }
)
"""Of what is a program, starts one, or is opened like a disk."""
PAGES = frozenset(
    {
        *(".htm", ".html", ".shtml", ".xhtml", ".xht", ".hta", ".htc", ".mht", ".mhtml", ".svg"),
        *(".svgz", ".xml", ".xsl", ".xslt", ".xbl", ".xul", ".webarchive"),
    }
)
"""Of pages for a browser."""
WITH_MACROS = frozenset(
    {
        *(".docm", ".dotm", ".xlsm", ".xltm", ".xlsb", ".xlam", ".pptm", ".potm", ".ppsm", ".ppam"),
    }
)
"""Of Office files with macros."""


def ending_of(name: str) -> str:
    """The ending of a name in small letters, with its dot: spaces, dots and other signs after it do not count."""
    length = next((at for at in range(len(name), 0, -1) if name[at - 1].isalnum()), 0)
    _, dot, ending = name[:length].rpartition(".")
    return f"{dot}{ending.casefold()}" if dot else ""
