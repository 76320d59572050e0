ú
display_name
labels
a.b_c.d