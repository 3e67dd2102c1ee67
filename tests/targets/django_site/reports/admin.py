"""The admin's pages, with each of its widgets once."""

from django.contrib import admin
from django.forms import CheckboxSelectMultiple

from .models import Mark, Motive, Person, Property, Report, Station


class MarkInline(admin.TabularInline):
    """Rows of marks in the report's own page."""

    model = Mark
    extra = 0


@admin.register(Report)
class ReportAdmin(admin.ModelAdmin):
    """The report's page."""

    inlines = (MarkInline,)
    radio_fields = {"injury": admin.HORIZONTAL}  # noqa: RUF012  Django takes a dictionary only
    autocomplete_fields = ("nearest_station",)
    raw_id_fields = ("found_by",)
    filter_horizontal = ("property_taken",)
    search_fields = ("source_reference",)
    list_display = ("id", "source_reference")

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        """Motives as ticks."""
        if db_field.name == "motives":
            kwargs["widget"] = CheckboxSelectMultiple()
        return super().formfield_for_manytomany(db_field, request, **kwargs)


@admin.register(Station, Person, Property, Motive)
class NamedAdmin(admin.ModelAdmin):
    """Pages of what is chosen from."""

    search_fields = ("name",)
