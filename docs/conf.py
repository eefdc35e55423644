# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of the documentation site, which antsibull-docs and Sphinx make from the modules' documentation."""

project = "dasha.blackbox"
copyright = "the dasha.blackbox contributors"
extensions = ["sphinx_antsibull_ext"]
html_theme = "sphinx_ansible_theme"
html_theme_options = {"documentation_home_url": "index.html"}
html_static_path = ["static"]
# Titles with a long name would be wider than a phone.
html_css_files = ["site.css"]
highlight_language = "YAML+Jinja"
# References into the documentation of ansible-core stay plain text: the site is made without the net.
suppress_warnings = ["ref.ref"]
