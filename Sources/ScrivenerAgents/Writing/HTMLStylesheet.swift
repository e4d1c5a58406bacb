// How a report looks: a column of text that is easy to read on a screen by day and by night, and on
// paper, where links lose their colour and the contents are left out.

enum HTMLStylesheet {
    static let text = """
        :root { color-scheme: light dark; --ink: #1c1e21; --paper: #fdfcfa; --muted: #62666d;
          --line: #dcd9d3; --accent: #1f5f8b; --tint: #f3f1ec; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e4e2de; --paper: #17181b;
          --muted: #9a9da3; --line: #34363b; --accent: #7db8e0; --tint: #202226; } }
        * { box-sizing: border-box; }
        html { background: var(--paper); color: var(--ink); scroll-behavior: smooth; }
        body { max-width: 44rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem;
          font: 1.0625rem/1.6 Charter, "Bitstream Charter", Georgia, serif;
          overflow-wrap: anywhere; }
        h1, h2, h3, nav, .from, .references { font-family: system-ui, "Segoe UI", sans-serif; }
        h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 1.5rem; text-wrap: balance; }
        h2 { font-size: 1.35rem; margin: 2.75rem 0 .75rem; padding-bottom: .3rem;
          border-bottom: 1px solid var(--line); }
        h3 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
        p { margin: .75rem 0; }
        ul { padding-left: 1.25rem; margin: .75rem 0; }
        li { margin: .5rem 0; }
        a { color: var(--accent); text-decoration-thickness: .06em; text-underline-offset: .15em; }
        nav { background: var(--tint); border-radius: .5rem; padding: .75rem 1.25rem;
          font-size: .9rem; }
        nav ol { list-style: none; margin: 0; padding: 0; }
        nav ol ol { padding-left: 1.25rem; }
        nav li { margin: .2rem 0; }
        q { quotes: "\\201C" "\\201D"; }
        .model { font-style: italic; }
        .cite { font-size: .85em; text-decoration: none; }
        .from { color: var(--muted); font-size: .82rem; }
        .from::before { content: "\\2014\\00A0"; }
        .topic > p:first-of-type, .quality { color: var(--muted); font-size: .95rem; }
        .references ul { list-style: none; padding: 0; font-size: .9rem; }
        .references li { display: flex; gap: .75rem; scroll-margin-top: 1rem; }
        .references li:target { background: var(--tint); }
        .number { color: var(--muted); min-width: 2.2rem; }
        @media print {
          :root { --ink: #000; --paper: #fff; --muted: #444; --line: #999; --accent: #000; }
          body { max-width: none; padding: 0; font-size: 10.5pt; }
          nav { display: none; }
          a { text-decoration: none; }
          h2, h3 { break-after: avoid; }
          li, .from { break-inside: avoid; }
        }

        """
}
